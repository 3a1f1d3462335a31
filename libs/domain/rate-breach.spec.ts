import fc from 'fast-check';
import {
  type BreachInput,
  type BreachState,
  type CorrectionReason,
  decideBreach,
  firstBreachState,
  nextLookAt,
  type RuleFigure,
  type StandingBreach,
} from './rate-breach.js';
import {
  BREACH_EDGES,
  BREACH_NODES,
  BREACH_REFUSALS,
  BREACH_SIGNS,
  type BreachNode,
  type BreachSign,
  breachEdge,
} from './rate-breach-edges.js';
import type { RateRule } from './rate-rule.js';

const HOUR = 3_600_000;
const RULE: RateRule = {
  id: 'r',
  version: 1,
  indicator: 'entrapment-rate-monthly',
  parameters: {},
  evidence: 'provisional',
  scopeKind: 'county',
  scopeFilter: null,
  threshold: 0.5,
  direction: 'below',
  window: { kind: 'days', days: 30 },
  minimumExposure: 30,
  hysteresis: 0.1,
  holdMs: HOUR,
  enabled: true,
};
const of = (value: number | null, denominator = 1_000): RuleFigure => ({ value, numerator: 1, denominator });
type FigureInput = Extract<BreachInput, { type: 'figure' }>;
const sees = (value: number | null, more: Partial<FigureInput> = {}): BreachInput => ({
  type: 'figure',
  figure: of(value),
  from: 0,
  to: 100,
  ...more,
});
const corrects = (value: number, atBreach: number | null, reason: CorrectionReason = 'fault-judged-false') =>
  sees(value, { correction: { reason, atBreach: atBreach === null ? null : of(atBreach) } });
const STANDING: StandingBreach = { at: 5, from: 0, to: 90, figure: of(0.9) };
const stateOf = (node: BreachNode): BreachState => ({
  node,
  since: 1_000,
  reason: 'target-kept',
  breach: node === 'breached' || node === 'recovering' ? STANDING : null,
});

/** Written out by hand, apart from the table: node → sign → node, and the event it makes. */
const EXPECTED: Readonly<Record<BreachNode, Partial<Record<BreachSign, string>>>> = {
  within: {
    beyond: 'pending',
    'beyond-held': 'breached indicator.breached',
    band: 'within',
    kept: 'within',
    unjudged: 'within',
    ended: 'within',
  },
  pending: {
    beyond: 'pending',
    'beyond-held': 'breached indicator.breached',
    band: 'within',
    kept: 'within',
    unjudged: 'within',
    corrected: 'within',
    ended: 'within',
  },
  breached: {
    beyond: 'breached',
    'beyond-held': 'breached',
    band: 'breached',
    kept: 'recovering',
    'kept-held': 'within indicator.restored',
    unjudged: 'breached',
    corrected: 'within indicator.withdrawn',
    ended: 'within indicator.withdrawn',
  },
  recovering: {
    beyond: 'breached',
    'beyond-held': 'breached',
    band: 'breached',
    kept: 'recovering',
    'kept-held': 'within indicator.restored',
    unjudged: 'breached',
    corrected: 'within indicator.withdrawn',
    ended: 'within indicator.withdrawn',
  },
};

describe('the table of a rate rule', () => {
  test.each(BREACH_NODES.flatMap((node) => BREACH_SIGNS.map((sign) => [node, sign] as const)))(
    '%s on %s',
    (node, sign) => {
      const edge = breachEdge(node, sign);
      const expected = EXPECTED[node][sign];
      if (expected === undefined) expect(BREACH_REFUSALS).toContain(edge);
      else if (typeof edge === 'string') throw new Error(`refused: ${edge}`);
      else expect([edge.to, edge.emits].filter(Boolean).join(' ')).toBe(expected);
    },
  );

  it('has one edge at most for a node and a sign', () => {
    const keys = BREACH_EDGES.map(({ from, on }) => `${from} ${on}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('reaches every node', () => {
    const reached = new Set<BreachNode>(['within']);
    for (const _ of BREACH_NODES) for (const e of BREACH_EDGES) if (reached.has(e.from)) reached.add(e.to);
    expect([...reached].sort()).toEqual([...BREACH_NODES].sort());
  });

  it('a breach begins with its event and ends with one of two, and nothing else makes events', () => {
    const stands = (node: BreachNode) => node === 'breached' || node === 'recovering';
    for (const { from, to, emits } of BREACH_EDGES) {
      expect([from, to, emits === 'indicator.breached']).toEqual([from, to, !stands(from) && stands(to)]);
      expect([from, to, emits !== null && emits !== 'indicator.breached']).toEqual([
        from,
        to,
        stands(from) && !stands(to),
      ]);
    }
  });
});

describe('every node, taken by decideBreach', () => {
  type Row = readonly [BreachNode, BreachInput, number, BreachNode, string, string?];
  const rows: readonly Row[] = [
    ['within', sees(0.49), 2_000, 'within', 'target-kept'],
    // `below` 0.5: 0.5 itself is beyond.
    ['within', sees(0.5), 2_000, 'pending', 'beyond-threshold-holding'],
    ['within', sees(null), 2_000, 'within', 'cannot-judge'],
    ['within', sees(9, { figure: of(9, 29) }), 2_000, 'within', 'cannot-judge'],
    ['within', corrects(0.1, null), 2_000, 'within', 'target-kept'],
    ['pending', sees(0.6), 1_000 + HOUR - 1, 'pending', 'beyond-threshold-holding'],
    ['pending', sees(0.6), 1_000 + HOUR, 'breached', 'beyond-threshold-held', 'indicator.breached'],
    ['pending', sees(0.45), 2_000, 'within', 'did-not-last'],
    ['pending', sees(0.1), 2_000, 'within', 'did-not-last'],
    ['pending', corrects(0.1, null), 2_000, 'within', 'corrected-before-breach'],
    ['breached', sees(0.45), 2_000, 'breached', 'inside-hysteresis'],
    // 0.4 is not below 0.5 − 0.1.
    ['breached', sees(0.4), 2_000, 'breached', 'inside-hysteresis'],
    ['breached', sees(0.39), 2_000, 'recovering', 'recovering-holding'],
    ['breached', sees(null), 2_000, 'breached', 'cannot-judge'],
    ['breached', corrects(0.1, 0.4), 2_000, 'within', 'withdrawn-by-correction', 'indicator.withdrawn'],
    // Corrected, and yet the breach was right: it recovers as any other.
    ['breached', corrects(0.1, 0.7), 2_000, 'recovering', 'recovering-holding'],
    // It would not have begun, and newer facts hold it up all the same.
    ['breached', corrects(0.8, 0.4), 2_000, 'breached', 'still-beyond-threshold'],
    ['recovering', sees(0.1), 1_000 + HOUR - 1, 'recovering', 'recovering-holding'],
    ['recovering', sees(0.1), 1_000 + HOUR, 'within', 'recovered', 'indicator.restored'],
    ['recovering', sees(0.6), 9_000 + HOUR, 'breached', 'relapsed'],
    ['recovering', sees(0.45), 2_000, 'breached', 'inside-hysteresis'],
    ['recovering', corrects(0.1, 0.1), 2_000, 'within', 'withdrawn-by-correction', 'indicator.withdrawn'],
    ['within', { type: 'ended', reason: 'rule-disabled' }, 2_000, 'within', 'rule-ended'],
    ['pending', { type: 'ended', reason: 'rule-replaced' }, 2_000, 'within', 'rule-ended'],
    [
      'breached',
      { type: 'ended', reason: 'scope-ended' },
      2_000,
      'within',
      'rule-ended',
      'indicator.withdrawn',
    ],
    [
      'recovering',
      { type: 'ended', reason: 'rule-replaced' },
      2_000,
      'within',
      'rule-ended',
      'indicator.withdrawn',
    ],
  ];

  // Told as an array: with an argument of its own to fill, the runner would pass its callback.
  test.each(rows.map((row) => [row]))('%j', ([node, input, now, to, reason, emits]) => {
    const decision = decideBreach(RULE, stateOf(node), input, now);
    expect([decision.state.node, decision.reason]).toEqual([to, reason]);
    expect(decision.state.since).toBe(to === node ? 1_000 : now);
    expect(decision.effects.map(({ type }) => type)).toEqual(emits ? [emits] : []);
  });

  it('a withdrawal names the correction, the breach that falls and the figure as it is', () => {
    const { state, effects } = decideBreach(
      RULE,
      stateOf('breached'),
      corrects(0.1, 0.4, 'late-data'),
      2_000,
    );
    expect(state.breach).toBeNull();
    expect(effects).toEqual([
      { type: 'indicator.withdrawn', breach: STANDING, figure: of(0.1), reason: 'late-data' },
    ]);
  });

  it('the end of a rule has no figure; a disabled rule ends at its next figure', () => {
    const ended: BreachInput = { type: 'ended', reason: 'rule-replaced' };
    expect(decideBreach(RULE, stateOf('breached'), ended, 2_000).effects).toEqual([
      { type: 'indicator.withdrawn', breach: STANDING, figure: null, reason: 'rule-replaced' },
    ]);
    const disabled = decideBreach({ ...RULE, enabled: false }, stateOf('within'), sees(9), 2_000);
    expect(disabled.reason).toBe('rule-ended');
  });

  it('without hold a breach begins and ends at once', () => {
    const rule = { ...RULE, holdMs: 0 };
    const began = decideBreach(rule, firstBreachState(0), sees(0.7, { from: 3, to: 9 }), 7);
    expect(began.state.breach).toEqual({ at: 7, from: 3, to: 9, figure: of(0.7) });
    const ended = decideBreach(rule, began.state, sees(0.1), 8);
    expect(ended.effects).toEqual([
      { type: 'indicator.restored', breach: began.state.breach, figure: of(0.1), reason: 'recovered' },
    ]);
  });

  it('a rule that must keep at least something mirrors one that must keep at most', () => {
    const rule: RateRule = { ...RULE, direction: 'at-least', threshold: 99, hysteresis: 0.5, holdMs: 0 };
    const began = decideBreach(rule, firstBreachState(0), sees(98.9), 1);
    expect(began.state.node).toBe('breached');
    expect(decideBreach(rule, began.state, sees(99.4), 2).reason).toBe('inside-hysteresis');
    expect(decideBreach(rule, began.state, sees(99.5), 2).reason).toBe('recovered');
  });

  test.each([
    ['within', null],
    ['pending', 1_000 + HOUR],
    ['breached', null],
    ['recovering', 1_000 + HOUR],
  ] as const)('%s must be looked at again at %p', (node, at) => {
    expect(nextLookAt(RULE, stateOf(node))).toBe(at);
  });
});

describe('over any history', () => {
  const value = fc.constantFrom(null, 0, 0.3, 0.4, 0.45, 0.5, 0.9);
  const figure = fc.record({
    v: value,
    corrected: fc.option(value, { nil: undefined }),
    ms: fc.nat(2 * HOUR),
  });
  const input = fc.oneof({ arbitrary: figure, weight: 9 }, { arbitrary: fc.constant('ended'), weight: 1 });

  it('begins and ends take turns, a state fits its node, and a figure seen twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), fc.constantFrom(0, HOUR), (inputs, holdMs) => {
        const rule = { ...RULE, holdMs };
        let state = firstBreachState(0);
        let now = 0;
        let open = false;
        for (const each of inputs) {
          const given = typeof each === 'string' ? null : each;
          now += given?.ms ?? 1;
          const more =
            given?.corrected === undefined
              ? {}
              : { correction: { reason: 'late-data' as const, atBreach: of(given.corrected) } };
          const asked: BreachInput = given ? sees(given.v, more) : { type: 'ended', reason: 'rule-disabled' };
          const decision = decideBreach(rule, state, asked, now);
          for (const { type } of decision.effects) {
            expect(open).toBe(type !== 'indicator.breached');
            open = type === 'indicator.breached';
          }
          expect(decision.state.breach !== null).toBe(open);
          expect(['breached', 'recovering'].includes(decision.state.node)).toBe(open);
          if (given && given.corrected === undefined) {
            const again = decideBreach(rule, decision.state, asked, now);
            expect([again.state.node, again.effects]).toEqual([decision.state.node, []]);
          }
          state = decision.state;
        }
      }),
    );
  });
});
