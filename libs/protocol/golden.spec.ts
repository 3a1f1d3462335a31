import { existsSync } from 'node:fs';
import { GOLDEN_CASES, PROFILE_FOLDERS } from '../../test/harness/golden-cases.js';
import { PROFILES } from './profile-registry.js';

/** When the golden answers were made. */
const MOMENT = { receivedAt: 1_767_225_600_500, now: 1_767_225_600_504 };

describe('profiles', () => {
  it('each folder is registered under its name, and each profile has a folder', () => {
    expect([...PROFILE_FOLDERS.keys()].sort()).toEqual([...PROFILES.keys()].sort());
  });

  it.each([...PROFILES.keys()])('%s has golden cases of both verdicts, and says what it assumes', (name) => {
    const cases = GOLDEN_CASES.filter(({ profile }) => profile === name);
    expect(cases.filter(({ expected }) => expected.ok).length).toBeGreaterThan(0);
    expect(cases.filter(({ expected }) => !expected.ok).length).toBeGreaterThan(0);
    if (name !== 'native-v1') expect(existsSync(`${PROFILE_FOLDERS.get(name)}README.md`)).toBe(true);
  });

  it.each([...PROFILES.values()].filter(({ answer }) => answer !== undefined).map(({ name }) => name))(
    '%s answers, and golden answers show how',
    (name) => {
      expect(GOLDEN_CASES.some(({ profile, answer }) => profile === name && answer)).toBe(true);
    },
  );
});

describe('golden cases', () => {
  it.each(GOLDEN_CASES)('$profile: $name', ({ profile: name, topic, input, expected, answer }) => {
    const profile = PROFILES.get(name);
    expect(profile?.terminalOf(topic) ?? null).not.toBeNull();
    const decoded = profile?.decode(topic, input);
    expect(decoded).toStrictEqual(expected);
    // toStrictEqual overlooks an own `__proto__`; the written form does not.
    expect(JSON.stringify(sorted(decoded))).toBe(JSON.stringify(sorted(expected)));
    if (answer === undefined) return;
    const made = profile?.answer?.(topic, input, MOMENT) ?? null;
    const payload = made === null ? null : JSON.parse(Buffer.from(made.payload).toString());
    expect(made === null ? null : { topic: made.topic, payload }).toStrictEqual(answer);
  });
});

/** The same JSON with its keys as sorted pairs, `__proto__` among them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}
