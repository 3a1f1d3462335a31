import { INDICATOR_IDS, PERIOD_KINDS, SCOPE_KINDS, TARGET_DIRECTIONS } from '#domain';
import { CRITERIA, DEADLINE_KINDS, LEDGER_SUBJECTS, RESCUERS } from './policy-profile.js';

/** Entries of one list; no plan we know has more than a dozen. */
export const POLICY_ENTRIES_MAX = 200;

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: 'string', minLength: 1, maxLength: 500, description });
const oneOf = (values: readonly string[], description: string): Schema => ({
  enum: [...values],
  description,
});
const number = (description: string): Schema => ({ type: 'number', minimum: 0, description });
const whole = (minimum: number, maximum: number, description: string): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
});
const both = { $ref: '#/$defs/text' };

/** An object that has these properties and no others; those in `optional` may be absent. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    properties,
  };
}

function list(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const entry = {
    id: { $ref: '#/$defs/id' },
    ...properties,
    clause: text('The words of the plan that this rests on.'),
  };
  return { type: 'array', maxItems: POLICY_ENTRIES_MAX, description, items: object(entry, optional) };
}

const indicator = oneOf(INDICATOR_IDS, 'Id of an indicator; its formula is fixed, a plan sets the number.');
const direction = oneOf(TARGET_DIRECTIONS, 'at-most and at-least include the target, below does not.');

const LISTS: Readonly<Record<string, Schema>> = {
  indicators: list(
    'Targets for indicators that are computed.',
    {
      indicator,
      parameters: {
        ...object(
          {
            limitMinutes: {
              type: 'number',
              exclusiveMinimum: 0,
              maximum: 1440,
              description: 'Minutes that an order may take.',
            },
            atLeast: whole(1, 100, 'Entrapments that put a lift on the list.'),
          },
          ['limitMinutes', 'atLeast'],
        ),
        description: 'Only those the indicator has.',
      },
      direction,
      target: number("The number, in the indicator's unit; 99 is 99 %."),
      period: oneOf(PERIOD_KINDS, "The indicator's own period unless the plan names another."),
      scope: oneOf(SCOPE_KINDS, 'What must keep it: each scope of this kind in the district.'),
      by: {
        type: 'string',
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
        description: 'The day by which it must be kept, YYYY-MM-DD; absent = from the start.',
      },
      minimumExposure: number('Below this exposure no verdict; 0 where the plan asks of small scopes too.'),
    },
    ['parameters', 'period', 'by', 'minimumExposure'],
  ),
  trends: list('Indicators that must fall or rise, without a number.', {
    indicator,
    must: oneOf(['fall', 'rise'], 'Against the same period a year before.'),
  }),
  declared: list('Targets for what no record holds: people enter the figure.', {
    title: both,
    direction,
    target: number('The number, in the unit.'),
    unit: oneOf(['percent', 'count'], 'What the number counts.'),
  }),
  deadlines: list('Time limits.', {
    of: oneOf(DEADLINE_KINDS, 'What must happen in time.'),
    limitMinutes: whole(1, 525_600, 'Minutes from the call, or from the finding.'),
  }),
  tiers: list('Who rescues, in the order they are sent.', {
    tier: whole(1, 9, 'From 1 without gap.'),
    who: oneOf(RESCUERS, 'Who is sent.'),
  }),
  ledgers: list('Lists to be kept.', {
    title: both,
    of: oneOf(LEDGER_SUBJECTS, 'What is on the list.'),
    any: {
      type: 'array',
      minItems: 1,
      maxItems: CRITERIA.length,
      items: { $ref: '#/$defs/criterion' },
      description: 'Whatever meets any of these is on the list.',
    },
    published: { type: 'boolean', description: 'Whether the plan wants it made public.' },
  }),
  focus: list('Lifts that supervision looks at first.', { criterion: { $ref: '#/$defs/criterion' } }),
  checklists: list('Points an inspector goes through.', {
    title: both,
    points: whole(1, 1000, 'How many there are.'),
  }),
  duties: list('What else the plan asks for.', { title: both }),
};

/** JSON Schema 2020-12 of a policy file; `policies/policy.schema.json` is this, for editors. */
export const POLICY_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Liftwarden policy profile',
  description: 'One published government plan as data. How to write one: docs/policies.md.',
  ...object(
    {
      id: { $ref: '#/$defs/id' },
      plan: object(
        {
          title: text('The plan’s title as published.'),
          place: both,
          year: whole(1990, 2200, 'The plan’s year, if known.'),
        },
        ['year'],
      ),
      ...LISTS,
    },
    Object.keys(LISTS).filter((name) => name !== 'indicators'),
  ),
  $defs: {
    id: {
      type: 'string',
      pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
      maxLength: 60,
      description: 'Lower-case words joined by hyphens; that of the file is its name without .yaml.',
    },
    text: {
      ...object({ zh: text('In Chinese.'), en: text('In English.') }),
      description: 'Words that are shown.',
    },
    criterion: {
      ...object(
        {
          is: oneOf(CRITERIA, 'What must hold.'),
          years: whole(1, 100, 'Full years; for age-at-least and only for it.'),
        },
        ['years'],
      ),
      description: 'A condition on a lift, hazard, firm or finding.',
    },
  },
};
