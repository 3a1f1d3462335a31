import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  loadPolicies,
  POLICY_BYTES_MAX,
  POLICY_FAULTS_MAX,
  policyFaultText,
  readPolicy,
} from './policy-file.js';

const GOOD = `# yaml-language-server: $schema=./policy.schema.json
id: x
plan:
  title: 示例
  place: { zh: 示例县, en: Example County }

indicators:
  - id: first
    indicator: emergency-response-share
    direction: at-least
    target: 99
    scope: county
    by: 2027-12-31
    clause: ninety-nine of a hundred
  - id: second
    indicator: fault-rate
    direction: at-most
    target: 1
    scope: site
    clause: one a month

tiers:
  - { id: t1, tier: 1, who: own-firm, clause: first }

ledgers:
  - id: old
    title: { zh: 老旧, en: Old }
    of: lifts
    any: [{ is: age-at-least, years: 15 }]
    published: true
    clause: old lifts
`;

/** What is told of `text` as policies/x.yaml, one line a fault. */
function told(text: string): readonly string[] {
  const read = readPolicy('policies/x.yaml', text);
  return read.ok ? [] : read.faults.map(policyFaultText);
}

test('a good file is read', () => {
  expect(told(GOOD)).toEqual([]);
});

/** What is wrong, what of GOOD it replaces by what, and every line that is told. */
test.each<[string, string, string, readonly string[]]>([
  [
    'an unknown indicator',
    'indicator: fault-rate',
    'indicator: fault-rat',
    ['policies/x.yaml:16:16 /indicators/1/indicator "fault-rat" is none of fault-rate, '],
  ],
  [
    'a target that is no number',
    'target: 1\n',
    'target: one\n',
    ['policies/x.yaml:18:13 /indicators/1/target must be number'],
  ],
  [
    'a negative target',
    'target: 1\n',
    'target: -1\n',
    ['policies/x.yaml:18:13 /indicators/1/target must be >= 0'],
  ],
  [
    'a share above 100 %',
    'target: 99',
    'target: 101',
    ['policies/x.yaml:11:13 /indicators/0/target 101 is no number to keep: give 0 or more and at most 100'],
  ],
  [
    'a direction that asks for the contrary',
    'direction: at-most',
    'direction: at-least',
    ['policies/x.yaml:17:16 /indicators/1/direction fault-rate is better when lower: at-least asks'],
  ],
  [
    'a missing property',
    '    clause: one a month\n',
    '',
    ["policies/x.yaml:15:5 /indicators/1 needs 'clause'"],
  ],
  [
    'an unknown property',
    'scope: site',
    'scope: site\n    weight: 3',
    ['policies/x.yaml:20:5 /indicators/1/weight is not a known property: remove it'],
  ],
  [
    'a parameter that the indicator does not have',
    'indicator: fault-rate',
    'indicator: fault-rate\n    parameters: { limitMinutes: 3 }',
    ['policies/x.yaml:17:17 /indicators/1/parameters indicator fault-rate has no parameter limitMinutes'],
  ],
  [
    'a period that the indicator does not have',
    'indicator: fault-rate',
    'indicator: repeat-entrapment-lifts-month\n    period: year',
    ['policies/x.yaml:17:13 /indicators/1/period repeat-entrapment-lifts-month is not for a year'],
  ],
  [
    'a day that is in no calendar',
    '2027-12-31',
    '2027-02-29',
    ['policies/x.yaml:13:9 /indicators/0/by there is no day 2027-02-29'],
  ],
  [
    'an id twice, even in another list',
    'id: old',
    'id: first',
    ["policies/x.yaml:26:9 /ledgers/0/id id 'first' is taken by /indicators/0: give it another"],
  ],
  [
    "an id that is not the file's name",
    'id: x\n',
    'id: y\n',
    ["policies/x.yaml:2:5 /id id 'y' is not the file's name: rename it or the file"],
  ],
  ['an id with a path in it', 'id: x\n', 'id: ../x\n', ['policies/x.yaml:2:5 /id must match pattern']],
  [
    'tiers that do not begin at 1',
    'tier: 1',
    'tier: 2',
    ['policies/x.yaml:23:21 /tiers/0/tier tier 2: this one must be 1'],
  ],
  [
    'an age without years',
    'age-at-least, years: 15',
    'age-at-least',
    ['policies/x.yaml:29:11 /ledgers/0/any/0 age-at-least needs years'],
  ],
  [
    'years of what has no age',
    'age-at-least,',
    'no-repair-funds,',
    ['policies/x.yaml:29:11 /ledgers/0/any/0 years is for age-at-least, not for no-repair-funds'],
  ],
  [
    'two faults at once',
    'published: true',
    'published: maybe\n    kept: 3',
    [
      'policies/x.yaml:30:16 /ledgers/0/published must be boolean',
      'policies/x.yaml:31:5 /ledgers/0/kept is not a known property',
    ],
  ],
  ['a key twice', 'id: x\n', 'id: x\nid: x\n', ['policies/x.yaml:3:1 / Map keys must be unique']],
  [
    'a tab as indent',
    '    scope: site',
    '\tscope: site',
    [
      'policies/x.yaml:19:1 / Tabs are not allowed as indent',
      'policies/x.yaml:19:9 / Nested mappings are not allowed',
      'policies/x.yaml:19:9 / Implicit keys need',
    ],
  ],
  [
    'an alias',
    'clause: old lifts\n',
    'clause: &a old\nduties: [*a]\n',
    ['policies/x.yaml:32:10 / alias *a: write the value out'],
  ],
  ['a key that is no text', 'id: x\n', 'id: x\n? [a]\n: 1\n', ['policies/x.yaml:3:3 / With stringKeys']],
  ['an unknown tag', 'id: x\n', 'id: !!js/function x\n', ['policies/x.yaml:2:5 / Unresolved tag']],
  [
    'a property that is everywhere',
    'id: x\n',
    'id: x\n__proto__: { a: 1 }\n',
    ['policies/x.yaml:3:1 /__proto__ is not a known property'],
  ],
  [
    'a second document',
    GOOD,
    `${GOOD}---\nid: x\n`,
    ['policies/x.yaml:32:1 / Source contains multiple documents'],
  ],
])('%s', (_name, from, to, lines) => {
  expect(GOOD).toContain(from);
  expect(told(GOOD.replace(from, () => to))).toEqual(lines.map((line) => expect.stringContaining(line)));
});

test.each([
  ['nothing', ''],
  ['a word', 'hello'],
  ['a list', '- 1\n- 2\n'],
])('%s is no policy', (_name, text) => {
  expect(told(text)).toEqual(['policies/x.yaml:1:1 / must be object']);
});

test('a file too long is refused before it is parsed, and faults are bounded', () => {
  expect(told(`#${' '.repeat(POLICY_BYTES_MAX)}`)).toEqual([
    `policies/x.yaml:1:1 / ${POLICY_BYTES_MAX + 1} bytes: at most ${POLICY_BYTES_MAX}`,
  ]);
  const many = Array.from({ length: 100 }, (_, i) => `p${i}: 1\n`).join('');
  expect(told(`${GOOD}${many}`)).toHaveLength(POLICY_FAULTS_MAX);
});

test('however a file is cut or filled, it is read or refused with places, and never throws', () => {
  const lineCount = GOOD.split('\n').length + 1;
  fc.assert(
    fc.property(fc.nat(GOOD.length), fc.nat(60), fc.string({ maxLength: 12 }), (at, cut, put) => {
      const read = readPolicy('policies/x.yaml', GOOD.slice(0, at) + put + GOOD.slice(at + cut));
      if (read.ok) return;
      expect(read.faults.length).toBeGreaterThan(0);
      for (const { line, column } of read.faults) {
        expect(line >= 1 && line <= lineCount + put.length && column >= 1).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('one wrong file refuses its folder, and all of its faults are told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'liftwarden-policies-'));
  try {
    writeFileSync(join(folder, 'x.yaml'), GOOD);
    writeFileSync(join(folder, 'notes.txt'), 'not a policy');
    expect(await loadPolicies(folder)).toMatchObject({ ok: true, profiles: [{ id: 'x' }] });
    writeFileSync(join(folder, 'y.yaml'), GOOD);
    writeFileSync(join(folder, 'z.yml'), GOOD.replace('id: x', 'id: z'));
    const loaded = await loadPolicies(folder);
    expect(loaded.ok ? [] : loaded.faults.map(({ path, file }) => [file, path])).toEqual([
      [join(folder, 'y.yaml'), '/id'],
      [join(folder, 'z.yml'), '/id'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
