import type { Figure } from './indicator-figure.js';
import {
  type BreachEdge,
  type BreachEventType,
  type BreachNode,
  type BreachReason,
  type BreachSign,
  breachEdge,
} from './rate-breach-edges.js';
import { clearLine, meetsTarget, type RateRule } from './rate-rule.js';

/** What of a figure a rule judges and keeps as evidence. */
export type RuleFigure = Pick<Figure, 'value' | 'numerator' | 'denominator'>;

/** What changed facts that were counted already. */
export const CORRECTION_REASONS = [
  'fault-judged-false',
  'fault-judged-genuine',
  'fault-withdrawn',
  'order-corrected',
  'late-data',
  'exposure-corrected',
] as const;
export type CorrectionReason = (typeof CORRECTION_REASONS)[number];

export type RuleEndReason = 'rule-disabled' | 'rule-replaced' | 'scope-ended';

/** The breach that stands, with the figure that began it. Times are ms since 1970 UTC. */
export interface StandingBreach {
  readonly at: number;
  /** The window it was judged over, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly figure: RuleFigure;
}

/** Where a rule stands in one scope. */
export interface BreachState {
  readonly node: BreachNode;
  /** When it came to `node`; a hold runs from here. */
  readonly since: number;
  readonly reason: BreachReason;
  readonly breach: StandingBreach | null;
}

export type BreachInput =
  | {
      readonly type: 'figure';
      readonly figure: RuleFigure;
      /** The rule's window at `now`, `[from, to)`. */
      readonly from: number;
      readonly to: number;
      /**
       * When counted facts were changed: why, and the figure of the standing breach's own window as it comes
       * out now (null when no breach stands).
       */
      readonly correction?: { readonly reason: CorrectionReason; readonly atBreach: RuleFigure | null };
    }
  | { readonly type: 'ended'; readonly reason: RuleEndReason };

/** What the shell commits as an event, with the new state. */
export interface BreachEffect {
  readonly type: BreachEventType;
  /** The breach that begins, or the one that ends. */
  readonly breach: StandingBreach;
  /** The present figure; null when the rule itself ended. */
  readonly figure: RuleFigure | null;
  /** Why: of a withdrawal the correction or the end of the rule, else the edge's own reason. */
  readonly reason: BreachReason | CorrectionReason | RuleEndReason;
}

export interface BreachDecision {
  readonly state: BreachState;
  readonly effects: readonly BreachEffect[];
  readonly reason: BreachReason;
}

/** The state of a rule nobody has evaluated yet. */
export function firstBreachState(now: number): BreachState {
  return { node: 'within', since: now, reason: 'target-kept', breach: null };
}

/**
 * What `input` does to a rule's state in one scope at `now`, ms since 1970 UTC. Pure and total; the same code
 * runs live and in a backtest. A figure that repeats itself changes nothing.
 */
export function decideBreach(
  rule: RateRule,
  state: BreachState,
  input: BreachInput,
  now: number,
): BreachDecision {
  const edge = breachEdge(state.node, signOf(rule, state, input, now));
  if (typeof edge === 'string') {
    throw new Error(`Rate rule ${rule.id}: ${input.type} in ${state.node} refused with ${edge}`);
  }
  const breach = standingAfter(edge, state, input, now);
  const next: BreachState = {
    node: edge.to,
    since: edge.to === state.node ? state.since : now,
    reason: edge.reason,
    breach: edge.to === 'within' ? null : breach,
  };
  return { state: next, effects: effectsOf(edge, breach, input), reason: edge.reason };
}

/** When a state must be looked at again though no fact arrives, ms since 1970 UTC; null if never. */
export function nextLookAt(rule: Pick<RateRule, 'holdMs'>, { node, since }: BreachState): number | null {
  return node === 'pending' || node === 'recovering' ? since + rule.holdMs : null;
}

/** What an input means to a rule in this state. */
export function signOf(rule: RateRule, state: BreachState, input: BreachInput, now: number): BreachSign {
  if (input.type === 'ended' || !rule.enabled) return 'ended';
  const { figure, correction } = input;
  const level = levelOf(rule, figure);
  // A breach that rests on facts since struck out falls, unless newer facts hold it up by themselves.
  if (correction !== undefined && level !== 'beyond' && fallsWith(rule, state, correction.atBreach)) {
    return 'corrected';
  }
  if (level === 'beyond') {
    return rule.holdMs === 0 || hasHeld(rule, state, 'pending', now) ? 'beyond-held' : 'beyond';
  }
  if (level === 'kept' && state.breach !== null) {
    return rule.holdMs === 0 || hasHeld(rule, state, 'recovering', now) ? 'kept-held' : 'kept';
  }
  return level;
}

type Level = Extract<BreachSign, 'beyond' | 'band' | 'kept' | 'unjudged'>;

/** Where a figure lies; edges of the band belong to the better side. */
function levelOf(rule: RateRule, { value, denominator }: RuleFigure): Level {
  if (value === null || denominator < rule.minimumExposure) return 'unjudged';
  if (!meetsTarget(value, rule.direction, rule.threshold)) return 'beyond';
  return meetsTarget(value, rule.direction, clearLine(rule)) ? 'kept' : 'band';
}

function fallsWith(rule: RateRule, state: BreachState, atBreach: RuleFigure | null): boolean {
  if (state.node === 'pending') return true;
  return state.breach !== null && atBreach !== null && levelOf(rule, atBreach) !== 'beyond';
}

function hasHeld(rule: RateRule, state: BreachState, node: BreachNode, now: number): boolean {
  return state.node === node && now - state.since >= rule.holdMs;
}

/** The breach before the edge's end: the one that begins with it, or the one that stood. */
function standingAfter(
  edge: BreachEdge,
  state: BreachState,
  input: BreachInput,
  now: number,
): StandingBreach | null {
  if (edge.emits !== 'indicator.breached' || input.type === 'ended') return state.breach;
  return { at: now, from: input.from, to: input.to, figure: input.figure };
}

function effectsOf(
  edge: BreachEdge,
  breach: StandingBreach | null,
  input: BreachInput,
): readonly BreachEffect[] {
  if (edge.emits === null || breach === null) return [];
  const figure = input.type === 'figure' ? input.figure : null;
  return [{ type: edge.emits, breach, figure, reason: reasonOf(edge, input) }];
}

function reasonOf(edge: BreachEdge, input: BreachInput): BreachEffect['reason'] {
  if (edge.emits !== 'indicator.withdrawn') return edge.reason;
  return input.type === 'ended' ? input.reason : (input.correction?.reason ?? edge.reason);
}
