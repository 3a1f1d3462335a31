import {
  dateTime,
  flag,
  integer,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  pageOfSchema,
  type SchemaOf,
  text,
} from '#access';
import { BREACH_NODES, type DurationFlaw, FIGURE_REASONS, INDICATOR_UNITS } from '#domain';
import type { EvidenceRow } from './evidence-rows.js';
import type { FiguresView, TrendPointView } from './indicator-reads.js';
import type { FigureView, IndicatorView, PeriodView, TargetView } from './indicator-view.js';
import { TARGET_VERDICTS } from './policy-verdict.js';
import type { DistrictPolicyView, JudgementView, PolicyView } from './policy-view.js';
import type { RankedView } from './ranking.js';
import type { RuleStateView, RuleView } from './rule-view.js';

const FIGURE: SchemaOf<FigureView> = objectOf<FigureView>('Figure', {
  value: nullable(number("In the indicator's unit, unrounded; null = there is none, reason says why.")),
  printed: nullable(text('As published.')),
  numerator: number(),
  denominator: number(),
  length: nullable(number('Months or days that the formula divides by once more.')),
  tiny: flag('Too little to be ranked.'),
  low: nullable(number('Wilson 95 % interval, in the unit.')),
  high: nullable(number()),
  leftOut: nullable(
    objectOf<Readonly<Record<DurationFlaw, number>>>('LeftOut', {
      'no-time': integer('Orders without the time.'),
      'not-after': integer('Of 0 minutes or less.'),
      'a-day-or-more': integer(),
    }),
  ),
  reason: oneOf(FIGURE_REASONS),
});

const INDICATOR: SchemaOf<IndicatorView> = objectOf<IndicatorView>('IndicatorFigures', {
  indicator: text(),
  formula: text('What is divided by what.'),
  unit: oneOf(INDICATOR_UNITS),
  digits: integer('After the point, when printed.'),
  better: oneOf(['lower', 'higher']),
  numeratorName: text(),
  denominatorName: nullable(text()),
  source: text('Who publishes this formula.'),
  limitMinutes: nullable(number('What it was asked with: give it to its trend and rows. Null = has none.')),
  atLeast: nullable(integer('As limitMinutes.')),
  official: FIGURE,
  provisional: nullable(FIGURE),
});

const PERIOD: SchemaOf<PeriodView> = objectOf<PeriodView>('Period', {
  kind: text(),
  label: text('2026-10, 2026-Q4, 2026 or 30d@2026-10-31.'),
  from: dateTime(),
  to: dateTime(),
  until: dateTime('Where a running period is cut: now.'),
});

const TARGET: SchemaOf<TargetView> = objectOf<TargetView>('TargetFigure', {
  profile: text(),
  district: text('Where the profile was put into force.'),
  id: text(),
  clause: text("The plan's words."),
  direction: text('at-most, below or at-least.'),
  target: number("In the indicator's unit."),
  scopeKind: text('What must keep it.'),
  by: nullable(text('YYYY-MM-DD.')),
  verdict: oneOf(TARGET_VERDICTS),
  period: PERIOD,
  figure: INDICATOR,
});

export const FIGURES_SCHEMA = objectOf<FiguresView>('Figures', {
  scope: objectOf<FiguresView['scope']>('FigureScope', { kind: text(), id: text() }),
  period: PERIOD,
  figures: listOf(INDICATOR),
  targets: listOf(TARGET),
});

export const TREND_SCHEMA = pageOfSchema(
  'Trend',
  objectOf<TrendPointView>('TrendPoint', { period: PERIOD, figure: INDICATOR }),
);

export const RANKING_SCHEMA = pageOfSchema(
  'Ranking',
  objectOf<RankedView>('Ranked', {
    rank: nullable(integer('From 1, the best first; null for what is too small or has no figure.')),
    scope: text(),
    formula: text(),
    figure: FIGURE,
  }),
);

export const ROWS_SCHEMA = pageOfSchema(
  'EvidenceRows',
  objectOf<EvidenceRow>('EvidenceRow', {
    source: text('fault, order, inspection, maintenance, runs, run-ms or lift-time.'),
    id: text(),
    lift: text(),
    kind: nullable(text()),
    at: dateTime(),
    endedAt: nullable(dateTime()),
    weight: number('1, or the runs or milliseconds it stands for.'),
    official: flag(),
    arrivalMs: nullable(number('From the call, ms.')),
    releaseMs: nullable(number('From the arrival, ms.')),
    answerMs: nullable(number('From the call, ms.')),
    inService: nullable(flag()),
    monitored: nullable(flag()),
    district: text(),
    firm: nullable(text()),
  }),
);

export const POLICY_PAGE_SCHEMA = pageOfSchema(
  'PolicyPage',
  objectOf<PolicyView>('Policy', {
    id: text(),
    title: text(),
    placeZh: text(),
    placeEn: text(),
    year: nullable(integer()),
    targets: listOf(
      objectOf<PolicyView['targets'][number]>('PolicyTarget', {
        id: text(),
        indicator: text(),
        direction: text(),
        target: number(),
        period: text(),
        scopeKind: text(),
        by: nullable(text()),
        clause: text(),
      }),
    ),
  }),
);

export const DISTRICT_POLICY_SCHEMA = objectOf<DistrictPolicyView>('DistrictPolicy', {
  district: text(),
  profile: text(),
  fromOn: text('YYYY-MM-DD.'),
  toOn: nullable(text('The day it ends, not among them; null while it holds.')),
  version: integer('Counts the changes; the first part of the ETag.'),
});
export const DISTRICT_POLICY_PAGE_SCHEMA = pageOfSchema('DistrictPolicyPage', DISTRICT_POLICY_SCHEMA);

export const JUDGEMENT_SCHEMA = objectOf<JudgementView>('FaultJudgement', {
  faultId: text(),
  verdict: oneOf(['false', 'genuine']),
  reason: text(),
  judgedBy: text(),
  judgedAt: dateTime(),
});

export const RULE_SCHEMA = objectOf<RuleView>('RateRule', {
  id: text(),
  version: integer('Counts the changes; the first part of the ETag.'),
  enabled: flag(),
  indicator: text(),
  evidence: oneOf(['official', 'provisional']),
  scopeKind: text(),
  district: nullable(text('Scopes in this district only.')),
  ids: nullable(listOf(text(), 'These scopes only.')),
  threshold: number(),
  direction: text(),
  windowDays: nullable(integer()),
  windowPeriod: nullable(text()),
  minimumExposure: number(),
  hysteresis: number(),
  holdMinutes: number(),
  limitMinutes: nullable(number()),
  atLeast: nullable(integer()),
  madeBy: text(),
  madeAt: dateTime(),
});
export const RULE_PAGE_SCHEMA = pageOfSchema('RateRulePage', RULE_SCHEMA);

export const RULE_STATE_PAGE_SCHEMA = pageOfSchema(
  'RateRuleStatePage',
  objectOf<RuleStateView>('RateRuleState', {
    scope: text(),
    state: oneOf(BREACH_NODES),
    since: dateTime(),
    reason: text(),
    value: nullable(number('Of the breach that stands.')),
    numerator: nullable(number()),
    denominator: nullable(number()),
    from: nullable(dateTime()),
    to: nullable(dateTime()),
  }),
);
