import {
  type BreachEffect,
  type BreachInput,
  CORRECTION_REASONS,
  type CorrectionReason,
  dayStart,
  decideBreach,
  elapsedPart,
  type Figure,
  firstBreachState,
  type IndicatorEventData,
  indicator,
  nextLookAt,
  type Period,
  type RateRule,
  type RuleFigure,
  type Scope,
  shanghaiDay,
  windowOf,
} from '#domain';
import type { NewLogEvent, Tx } from '#records';
import { figureFrom, readSums } from './figure-reader.js';
import type { EvaluatedState, StoredState } from './rule-rows.js';
import { ownerOf, scopeKey } from './scope-keys.js';

/** Reads the figure a rule judges, over a window; live from the sums, in a backtest from memory. */
export type RuleFigureOf = (
  rule: RateRule,
  scope: Scope,
  period: Pick<Period, 'from' | 'to'>,
) => Promise<Figure>;

/** A scope of a rule, its state of before and why it is looked at. */
export interface Look {
  readonly rule: RateRule;
  readonly scope: Scope;
  /** Null when this version has never been put to it. */
  readonly stored: Pick<StoredState, 'ruleVersion' | 'state'> | null;
  readonly correction: CorrectionReason | null;
}

export interface LookResult {
  readonly next: EvaluatedState;
  readonly effects: readonly (BreachEffect & { readonly ruleVersion: number })[];
}

/** Figures from the sums of the database. */
export function figuresIn(tx: Tx): RuleFigureOf {
  return async (rule, scope, period) => {
    const wanted = indicator(rule.indicator, rule.parameters);
    return figureFrom(await readSums(tx, scope, [wanted], period, [rule.evidence]), wanted, rule.evidence);
  };
}

/**
 * Looks at one scope of one rule at `now`, ms since 1970 UTC, with the figures that `figureOf` reads.
 */
export async function lookAt(look: Look, figureOf: RuleFigureOf, now: number): Promise<LookResult> {
  const { rule, scope } = look;
  const period = elapsedPart(windowOf(rule, now), now);
  if (!rule.enabled) return decideLook(look, period, null, null, now);
  const standing = breachToJudge(look);
  const atBreach = standing === null ? null : await figureOf(rule, scope, standing);
  return decideLook(look, period, await figureOf(rule, scope, period), atBreach, now);
}

/** The window of a breach that stands although facts were corrected; null when there is none. */
export function breachToJudge({ rule, stored, correction }: Look): Pick<Period, 'from' | 'to'> | null {
  if (correction === null || stored?.ruleVersion !== rule.version) return null;
  return stored.state.breach;
}

/**
 * What a look decides: the same code live and in a backtest. A new version ends what the old one said
 * before it begins. `figure` is null when the rule no longer runs.
 */
export function decideLook(
  { rule, scope, stored, correction }: Look,
  period: Pick<Period, 'from' | 'to'>,
  figure: Figure | null,
  atBreach: Figure | null,
  now: number,
): LookResult {
  const effects: (BreachEffect & { readonly ruleVersion: number })[] = [];
  let state = stored?.state ?? firstBreachState(now);
  if (stored !== null && (stored.ruleVersion !== rule.version || !rule.enabled)) {
    const reason = rule.enabled ? 'rule-replaced' : 'rule-disabled';
    const ended = decideBreach({ ...rule, enabled: true }, state, { type: 'ended', reason }, now);
    effects.push(...ended.effects.map((effect) => ({ ...effect, ruleVersion: stored.ruleVersion })));
    state = firstBreachState(now);
  }
  if (figure === null) return { next: stateOf(rule, scope, state, null), effects };
  const input: BreachInput = {
    type: 'figure',
    figure: judged(figure),
    from: period.from,
    to: period.to,
    ...(correction !== null && {
      correction: { reason: correction, atBreach: atBreach === null ? null : judged(atBreach) },
    }),
  };
  const decision = decideBreach(rule, state, input, now);
  for (const effect of decision.effects) effects.push({ ...effect, ruleVersion: rule.version });
  const slides =
    slidesOn(rule, figure) || decision.state.node !== 'within' ? dayStart(shanghaiDay(now) + 1) : null;
  const held = nextLookAt(rule, decision.state);
  const dueAt = held === null ? slides : Math.min(held, slides ?? held);
  return { next: stateOf(rule, scope, decision.state, dueAt), effects };
}

function stateOf(
  rule: RateRule,
  scope: Scope,
  state: EvaluatedState['state'],
  dueAt: number | null,
): EvaluatedState {
  return { ruleId: rule.id, ruleVersion: rule.version, scope, state, dueAt };
}

/** A window that holds something becomes another one at midnight. */
function slidesOn({ direction }: RateRule, { numerator, value }: Figure): boolean {
  return numerator !== 0 || (direction === 'at-least' && value !== null);
}

function judged({ value, numerator, denominator }: Figure): RuleFigure {
  return { value, numerator, denominator };
}

/** A stored reason as the machine takes it; one it does not know counts as late data. */
export function correctionOf(text: string | null): CorrectionReason | null {
  if (text === null) return null;
  return CORRECTION_REASONS.find((each) => each === text) ?? 'late-data';
}

/** Whose a lift is, for the scope columns of an event about it. */
export interface LiftOwner {
  readonly district: string;
  readonly firm: string | null;
}

/** The event of an effect, as the monitor makes an alarm of it. */
export function breachEvent(
  effect: LookResult['effects'][number],
  rule: RateRule,
  scope: Scope,
  lift: LiftOwner | null,
): NewLogEvent {
  const owner = scope.kind === 'lift' ? (lift ?? { district: null, firm: null }) : ownerOf(scope);
  return {
    type: effect.type,
    lift: scope.kind === 'lift' ? scope.id : null,
    ...owner,
    data: { ...dataOf(effect, rule, scope) },
  };
}

function dataOf(effect: LookResult['effects'][number], rule: RateRule, scope: Scope): IndicatorEventData {
  const { breach } = effect;
  const figure = effect.figure ?? breach.figure;
  const query = new URLSearchParams({
    scope: scopeKey(scope),
    from: new Date(breach.from).toISOString(),
    to: new Date(breach.to).toISOString(),
    evidence: rule.evidence,
  });
  for (const [name, value] of Object.entries(rule.parameters)) query.set(name, String(value));
  return {
    ruleId: rule.id,
    ruleVersion: effect.ruleVersion,
    indicator: rule.indicator,
    scope: { kind: scope.kind, id: scope.id },
    // A rule without a figure judges nothing, so the breach itself has one.
    value: figure.value ?? breach.figure.value ?? Number.NaN,
    threshold: rule.threshold,
    numerator: figure.numerator,
    denominator: figure.denominator,
    from: breach.from,
    to: breach.to,
    rows: `/api/v1/indicators/${rule.indicator}/rows?${query.toString()}`,
    reason: effect.reason,
  };
}
