import type { IndicatorId, IndicatorParameters, PeriodKind, ScopeKind, TargetDirection } from '#domain';

/** A text in the plan's language and in English; policy files are data, so their words live in them. */
export interface PolicyText {
  readonly zh: string;
  readonly en: string;
}

/** What every entry of a policy has. */
interface PolicyEntry {
  /** Unique in the file over all its lists. */
  readonly id: string;
  /** The plan's words it rests on. */
  readonly clause: string;
}

/** A number the plan sets for an indicator we compute. */
export interface PolicyTarget extends PolicyEntry {
  readonly indicator: IndicatorId;
  readonly parameters?: IndicatorParameters;
  readonly direction: TargetDirection;
  /** In the indicator's unit. */
  readonly target: number;
  /** The indicator's own period unless the plan names another. */
  readonly period?: PeriodKind;
  /** What must keep it: the whole county, each estate, each lift. */
  readonly scope: ScopeKind;
  /** The Shanghai day by which it must be kept, `YYYY-MM-DD`; absent = from the start. */
  readonly by?: string;
  /** Overrides the indicator's own, where the plan asks of small scopes too. */
  readonly minimumExposure?: number;
}

/** An indicator the plan wants to fall or rise, without a number. */
export interface PolicyTrend extends PolicyEntry {
  readonly indicator: IndicatorId;
  readonly must: 'fall' | 'rise';
}

/** A number the plan sets for something no record here holds: people enter it. */
export interface PolicyDeclared extends PolicyEntry {
  readonly title: PolicyText;
  readonly direction: TargetDirection;
  readonly target: number;
  readonly unit: 'percent' | 'count';
}

export const DEADLINE_KINDS = ['rescue-arrival', 'rescue-answer', 'hazard-report'] as const;
export type DeadlineKind = (typeof DEADLINE_KINDS)[number];

export interface PolicyDeadline extends PolicyEntry {
  readonly of: DeadlineKind;
  readonly limitMinutes: number;
}

export const RESCUERS = ['own-firm', 'nearby-firms', 'fire-brigade'] as const;
export type Rescuer = (typeof RESCUERS)[number];

/** A tier of rescue; tiers are listed from 1 without gap. */
export interface PolicyTier extends PolicyEntry {
  readonly tier: number;
  readonly who: Rescuer;
}

export const LEDGER_SUBJECTS = ['lifts', 'hazards', 'firms', 'findings'] as const;
export type LedgerSubject = (typeof LEDGER_SUBJECTS)[number];

export const CRITERIA = [
  'no-property-manager',
  'no-maintenance-firm',
  'no-repair-funds',
  'age-at-least',
  'in-mall-or-hospital',
  'in-resettlement-or-affordable-housing',
  'weakly-managed',
  'with-complaints',
  'hazard-uncorrected',
  'hazard-serious',
  'credit-listed',
  'faked-fault',
  'fake-maintenance',
] as const;
export type CriterionName = (typeof CRITERIA)[number];

export interface PolicyCriterion {
  readonly is: CriterionName;
  /** Full years, for `age-at-least` and only for it. */
  readonly years?: number;
}

/** A list the plan wants kept: what is on it when any criterion holds. */
export interface PolicyLedger extends PolicyEntry {
  readonly title: PolicyText;
  readonly of: LedgerSubject;
  readonly any: readonly PolicyCriterion[];
  readonly published: boolean;
}

/** Lifts that supervision looks at first. */
export interface PolicyFocus extends PolicyEntry {
  readonly criterion: PolicyCriterion;
}

/** A set of points an inspector goes through. */
export interface PolicyChecklist extends PolicyEntry {
  readonly title: PolicyText;
  readonly points: number;
}

/** What else the plan asks for, that is no number: shown, and ticked off by people. */
export interface PolicyDuty extends PolicyEntry {
  readonly title: PolicyText;
}

/** One published government plan, as data (`policies/<id>.yaml`). */
export interface PolicyProfile {
  /** The file's name without `.yaml`. */
  readonly id: string;
  readonly plan: {
    /** As published. */
    readonly title: string;
    readonly place: PolicyText;
    /** The plan's year; absent where we do not know it. */
    readonly year?: number;
  };
  readonly indicators: readonly PolicyTarget[];
  readonly trends?: readonly PolicyTrend[];
  readonly declared?: readonly PolicyDeclared[];
  readonly deadlines?: readonly PolicyDeadline[];
  readonly tiers?: readonly PolicyTier[];
  readonly ledgers?: readonly PolicyLedger[];
  readonly focus?: readonly PolicyFocus[];
  readonly checklists?: readonly PolicyChecklist[];
  readonly duties?: readonly PolicyDuty[];
}
