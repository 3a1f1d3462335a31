import type { FigureEvidence, FindingKind, ScopeKind } from '#domain';
import type { IndicatorSubject } from '../alarm-subject.js';
import { hrefOf, type Place } from '../router.js';
import { FINDING_KINDS } from './finding-kinds.js';
import type { Part } from './indicator-api.js';
import { type PeriodChoice, periodAt, readPeriodLabel } from './period-choice.js';

export const TABS = ['figures', 'ranking', 'findings', 'rules'] as const;
export type Tab = (typeof TABS)[number];

/** What a ranking may compare. */
export const RANKED_KINDS = [
  'firm',
  'site',
  'township',
  'village',
  'county',
  'maker',
  'user',
  'use-kind',
  'age-band',
] as const satisfies readonly ScopeKind[];

/** What of the page is chosen, as the address has it. */
export interface Choice {
  /** Null until one is chosen: the page begins with the key's own. */
  readonly scope: string | null;
  readonly period: PeriodChoice;
  readonly tab: Tab;
  /** The indicator whose trend and rows are in view. */
  readonly indicator: string | null;
  /** The target it was opened from, as `targetKey` says it. */
  readonly target: string | null;
  readonly part: Part;
  readonly evidence: FigureEvidence;
  /** The window of a rule instead of the period, ISO 8601; both or none. */
  readonly window: { readonly from: string; readonly to: string } | null;
  /** What the ranking compares, and by which indicator. */
  readonly by: string;
  readonly ranked: string;
  /** The kind of findings in view. */
  readonly finding: FindingKind;
}

/** Names in the address with what stands for absence. */
const DEFAULTS = { tab: 'figures', part: 'numerator', evidence: 'provisional', by: 'firm' } as const;
const RANKED_DEFAULT = 'entrapment-rate-monthly';
const FINDING_DEFAULT: FindingKind = 'hidden-by-inspection';

/** Reads the address. What is wrong in it counts as absent; the period is the running month then. */
export function choiceOf({ search }: Pick<Place, 'search'>, nowMs: number): Choice {
  const from = isoOf(search.get('from'));
  const to = isoOf(search.get('to'));
  return {
    scope: search.get('scope') || null,
    period: readPeriodLabel(search.get('period') ?? '') ?? periodAt('month', nowMs),
    tab: TABS.find((tab) => tab === search.get('tab')) ?? DEFAULTS.tab,
    indicator: search.get('indicator') || null,
    target: search.get('target') || null,
    part: search.get('part') === 'denominator' ? 'denominator' : DEFAULTS.part,
    evidence: search.get('evidence') === 'official' ? 'official' : DEFAULTS.evidence,
    window: from !== null && to !== null && from < to ? { from, to } : null,
    by: search.get('by') || DEFAULTS.by,
    ranked: search.get('ranked') || RANKED_DEFAULT,
    finding: FINDING_KINDS.find((kind) => kind === search.get('finding')) ?? FINDING_DEFAULT,
  };
}

function isoOf(text: string | null): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The address of a choice; what is as it would be anyway is left out. */
export function searchOf(choice: Partial<Choice>): URLSearchParams {
  const search = new URLSearchParams();
  const set = (name: string, value: string | null | undefined, absent: string | null = null) => {
    if (value !== null && value !== undefined && value !== absent) search.set(name, value);
  };
  set('tab', choice.tab, DEFAULTS.tab);
  set('scope', choice.scope);
  set('period', choice.period?.label);
  set('indicator', choice.indicator);
  set('target', choice.target);
  set('part', choice.part, DEFAULTS.part);
  set('evidence', choice.evidence, DEFAULTS.evidence);
  set('from', choice.window?.from);
  set('to', choice.window?.to);
  set('by', choice.by, DEFAULTS.by);
  set('ranked', choice.ranked, RANKED_DEFAULT);
  set('finding', choice.finding, FINDING_DEFAULT);
  return search;
}

export function choiceHref(choice: Partial<Choice>): string {
  return hrefOf('indicators', searchOf(choice));
}

/** From an alarm to its indicator: the rows of the window in which the rule was broken. */
export function indicatorHref({ indicator, scope, fromMs, toMs }: IndicatorSubject): string {
  const window =
    fromMs === null || toMs === null
      ? null
      : { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  return choiceHref({ scope: `${scope.kind}:${scope.id}`, indicator, window });
}
