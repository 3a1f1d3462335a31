/** Where a rule stands in one scope. A breach has begun in `breached` and `recovering`. */
export const BREACH_NODES = ['within', 'pending', 'breached', 'recovering'] as const;
export type BreachNode = (typeof BREACH_NODES)[number];

/**
 * What a figure means to a rule. `-held` has lasted `holdMs`; `band` keeps the threshold, but not yet by the
 * hysteresis; `unjudged` has no value or too little exposure; `corrected` means that with the facts as they
 * are known now the breach would not have begun; `ended` that the rule no longer runs.
 */
export const BREACH_SIGNS = [
  'beyond',
  'beyond-held',
  'band',
  'kept',
  'kept-held',
  'unjudged',
  'corrected',
  'ended',
] as const;
export type BreachSign = (typeof BREACH_SIGNS)[number];

/** Why a rule's state is what it is; stored with it and shown. */
export type BreachReason =
  | 'target-kept'
  | 'beyond-threshold-holding'
  | 'beyond-threshold-held'
  | 'did-not-last'
  | 'still-beyond-threshold'
  | 'inside-hysteresis'
  | 'recovering-holding'
  | 'relapsed'
  | 'recovered'
  | 'cannot-judge'
  | 'corrected-before-breach'
  | 'withdrawn-by-correction'
  | 'rule-ended';

export type BreachEventType = 'indicator.breached' | 'indicator.restored' | 'indicator.withdrawn';

export interface BreachEdge {
  readonly from: BreachNode;
  readonly on: BreachSign;
  readonly to: BreachNode;
  readonly reason: BreachReason;
  readonly emits: BreachEventType | null;
}

/** Why a sign has no edge; no sign that `decideBreach` reads from a figure is refused. */
export const BREACH_REFUSALS = ['nothing-to-withdraw', 'not-recovering', 'not-pending'] as const;
export type BreachRefusal = (typeof BREACH_REFUSALS)[number];

type EdgeTuple = readonly [BreachNode, BreachSign, BreachNode, BreachReason, BreachEventType | null];

/** from, on, to, reason, emits. */
const EDGES: readonly EdgeTuple[] = [
  ['within', 'beyond', 'pending', 'beyond-threshold-holding', null],
  // Only with a hold of 0: then nothing needs to last.
  ['within', 'beyond-held', 'breached', 'beyond-threshold-held', 'indicator.breached'],
  ['within', 'band', 'within', 'target-kept', null],
  ['within', 'kept', 'within', 'target-kept', null],
  ['within', 'unjudged', 'within', 'cannot-judge', null],
  ['within', 'ended', 'within', 'rule-ended', null],

  ['pending', 'beyond', 'pending', 'beyond-threshold-holding', null],
  ['pending', 'beyond-held', 'breached', 'beyond-threshold-held', 'indicator.breached'],
  // Hysteresis is about ending a breach; one that has not begun needs only to keep the target.
  ['pending', 'band', 'within', 'did-not-last', null],
  ['pending', 'kept', 'within', 'did-not-last', null],
  ['pending', 'unjudged', 'within', 'cannot-judge', null],
  ['pending', 'corrected', 'within', 'corrected-before-breach', null],
  ['pending', 'ended', 'within', 'rule-ended', null],

  ['breached', 'beyond', 'breached', 'still-beyond-threshold', null],
  ['breached', 'beyond-held', 'breached', 'still-beyond-threshold', null],
  ['breached', 'band', 'breached', 'inside-hysteresis', null],
  ['breached', 'kept', 'recovering', 'recovering-holding', null],
  ['breached', 'kept-held', 'within', 'recovered', 'indicator.restored'],
  // A figure that is missing is no good news.
  ['breached', 'unjudged', 'breached', 'cannot-judge', null],
  ['breached', 'corrected', 'within', 'withdrawn-by-correction', 'indicator.withdrawn'],
  ['breached', 'ended', 'within', 'rule-ended', 'indicator.withdrawn'],

  ['recovering', 'beyond', 'breached', 'relapsed', null],
  ['recovering', 'beyond-held', 'breached', 'relapsed', null],
  ['recovering', 'band', 'breached', 'inside-hysteresis', null],
  ['recovering', 'kept', 'recovering', 'recovering-holding', null],
  ['recovering', 'kept-held', 'within', 'recovered', 'indicator.restored'],
  ['recovering', 'unjudged', 'breached', 'cannot-judge', null],
  ['recovering', 'corrected', 'within', 'withdrawn-by-correction', 'indicator.withdrawn'],
  ['recovering', 'ended', 'within', 'rule-ended', 'indicator.withdrawn'],
];

/** Every legal edge of a rule's state, as data; whatever is not here is refused by `REFUSED`. */
export const BREACH_EDGES: readonly BreachEdge[] = EDGES.map(([from, on, to, reason, emits]) => ({
  from,
  on,
  to,
  reason,
  emits,
}));

/** Found by key: a backtest takes millions of edges. */
const EDGE_ON: ReadonlyMap<string, BreachEdge> = new Map(
  BREACH_EDGES.map((edge) => [`${edge.from} ${edge.on}`, edge]),
);

const REFUSED: Readonly<Record<BreachNode, Partial<Record<BreachSign, BreachRefusal>>>> = {
  within: { 'kept-held': 'not-recovering', corrected: 'nothing-to-withdraw' },
  pending: { 'kept-held': 'not-recovering' },
  breached: {},
  recovering: {},
};

/** The edge that `on` takes from `from`, or why there is none. Throws on a hole, which a test excludes. */
export function breachEdge(from: BreachNode, on: BreachSign): BreachEdge | BreachRefusal {
  const edge = EDGE_ON.get(`${from} ${on}`);
  if (edge) return edge;
  const refusal = REFUSED[from][on];
  if (!refusal)
    throw new Error(`Rate rule: no edge and no refusal for ${on} in ${from}; add one to the table`);
  return refusal;
}
