import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Decoded } from './message.js';
import { PROFILES, profileOfTopic } from './profile-registry.js';

/**
 * `testdata/<profile>/<case>/{topic,input.json|input.bin,expected.json}`: what a terminal sent and what it
 * means. `expected.json` is a whole `Decoded`. A case is added by adding a folder.
 */
const ROOT = fileURLToPath(new URL('./testdata/', import.meta.url));

const cases = readdirSync(ROOT).flatMap((profile) =>
  readdirSync(`${ROOT}${profile}`).map((name) => ({ profile, name, folder: `${ROOT}${profile}/${name}/` })),
);

describe('golden cases', () => {
  it('exist for every profile, and for no other', () => {
    expect(new Set(cases.map(({ profile }) => profile))).toEqual(new Set(PROFILES.keys()));
    expect(cases.length).toBeGreaterThanOrEqual(80);
  });

  it.each(cases)('$profile: $name', ({ profile, folder }) => {
    const input = readdirSync(folder).filter((file) => file.startsWith('input.'));
    expect(input).toHaveLength(1);
    const topic = readFileSync(`${folder}topic`, 'utf8').trimEnd();
    const expected: Decoded = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8'));
    expect(profileOfTopic(topic)?.profile.name).toBe(profile);
    const decoded = PROFILES.get(profile)?.decode(topic, readFileSync(`${folder}${input[0]}`));
    expect(decoded).toStrictEqual(expected);
    // toStrictEqual overlooks an own `__proto__`; the written form does not.
    expect(JSON.stringify(sorted(decoded))).toBe(JSON.stringify(sorted(expected)));
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
