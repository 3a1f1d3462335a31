import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../test/harness/project-root.js';
import { loadPolicies, policyFaultText, readPolicy } from './policy-file.js';
import type { PolicyProfile } from './policy-profile.js';
import { POLICY_SCHEMA } from './policy-schema.js';

const FOLDER = join(PROJECT_ROOT, 'policies');

describe('the five plans', () => {
  let profiles: readonly PolicyProfile[] = [];
  beforeAll(async () => {
    const loaded = await loadPolicies(FOLDER);
    if (!loaded.ok) throw new Error(loaded.faults.map(policyFaultText).join('\n'));
    profiles = loaded.profiles;
  });
  const profile = (id: string) => profiles.find((each) => each.id === id);

  it('are all there', () => {
    expect(profiles.map(({ id }) => id)).toEqual([
      'dianjiang-2021',
      'jianghan',
      'pingluo-2019',
      'shengsi-2023',
      'tongbai-2022',
    ]);
  });

  /** Copied by hand from DOMAIN §1. */
  test.each<[string, readonly string[]]>([
    [
      'tongbai-2022',
      [
        'rescue-code-coverage at-least 100',
        'terminal-coverage at-least 100',
        'on-time-arrival-share(20) at-least 100',
      ],
    ],
    ['jianghan', []],
    [
      'dianjiang-2021',
      [
        'emergency-response-share at-least 99 by 2023-12-31',
        'entrapment-rate-monthly below 0.5 by 2023-12-31',
        'inspection-pass-share at-least 95 by 2023-12-31',
        'mean-arrival at-most 30 by 2023-12-31',
        'on-time-arrival-share(30) at-least 98 by 2023-12-31',
        'paperless-maintenance-share at-least 100',
      ],
    ],
    ['shengsi-2023', []],
    [
      'pingluo-2019',
      [
        'fault-rate at-most 1',
        'complaints at-most 3',
        'on-time-maintenance-share at-least 100',
        'card-maintenance-share at-least 100',
        'rescue-code-coverage at-least 100',
      ],
    ],
  ])('%s has its numbers', (id, targets) => {
    const found = profile(id)?.indicators.map(({ indicator, parameters, direction, target, by }) => {
      const limit = parameters?.limitMinutes === undefined ? '' : `(${parameters.limitMinutes})`;
      return `${indicator}${limit} ${direction} ${target}${by === undefined ? '' : ` by ${by}`}`;
    });
    expect(found).toEqual(targets);
  });

  it('have their deadlines, tiers, declared numbers and checklists', () => {
    expect(profile('tongbai-2022')?.deadlines).toMatchObject([{ of: 'rescue-arrival', limitMinutes: 20 }]);
    expect(profile('tongbai-2022')?.tiers?.map(({ who }) => who)).toEqual([
      'own-firm',
      'nearby-firms',
      'fire-brigade',
    ]);
    expect(profile('tongbai-2022')?.ledgers?.flatMap(({ any }) => any.map(({ is }) => is))).toEqual([
      'no-property-manager',
      'no-maintenance-firm',
      'no-repair-funds',
      'age-at-least',
      'hazard-uncorrected',
      'hazard-serious',
    ]);
    expect(profile('pingluo-2019')?.declared?.map(({ target }) => target)).toEqual([100, 100, 90]);
    expect(profile('pingluo-2019')?.checklists?.map(({ points }) => points)).toEqual([7, 8, 6]);
  });

  it('name the schema, so that an editor completes and checks them', () => {
    for (const name of readdirSync(FOLDER).filter((each) => each.endsWith('.yaml'))) {
      const [first] = readFileSync(join(FOLDER, name), 'utf8').split('\n');
      expect([name, first]).toEqual([name, '# yaml-language-server: $schema=./policy.schema.json']);
    }
  });

  it('share the schema of the program; WRITE_POLICY_SCHEMA=1 writes it anew', () => {
    const file = join(FOLDER, 'policy.schema.json');
    if (process.env.WRITE_POLICY_SCHEMA === '1') {
      writeFileSync(file, `${JSON.stringify(POLICY_SCHEMA, null, 2)}\n`);
    }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(POLICY_SCHEMA);
  });
});

test('the example of docs/policies.md is a policy, and its wrong twin is told as the page says', () => {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/policies.md'), 'utf8');
  const [, example = ''] = /```yaml\n(id: example-2027\n[\s\S]*?)```/.exec(page) ?? [];
  const file = 'policies/example-2027.yaml';
  expect(readPolicy(file, example)).toMatchObject({ ok: true, profile: { id: 'example-2027' } });
  const wrong = readPolicy(file, example.replace('target: 98 ', 'target: 980'));
  const [told = 'nothing'] = wrong.ok ? [] : wrong.faults.map(policyFaultText);
  expect(page.split('\n')).toContain(told);
});
