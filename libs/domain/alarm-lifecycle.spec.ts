import { FAULT_KINDS } from '#protocol';
import { ALARM_EDGES, ALARM_INPUTS, ALARM_REFUSALS, type AlarmNode, alarmEdge } from './alarm-lifecycle.js';
import { type AlarmInput, type AlarmSnapshot, decideAlarm } from './decide-alarm.js';
import { ALARM_STATES, type Fault } from './events.js';

const NODES: readonly AlarmNode[] = ['none', ...ALARM_STATES];

/** Written out by hand, apart from the table: what DESIGN and invariant 7 ask for. */
const EXPECTED: Readonly<Record<AlarmNode, readonly (readonly [string, string, string?])[]>> = {
  none: [['raise', 'raised']],
  raised: [
    ['acknowledge', 'acknowledged'],
    ['fault-cleared', 'cleared', 'cleared-unconfirmed'],
    ['fault-withdrawn', 'cleared-unconfirmed'],
    ['attach', 'raised'],
    ['escalate', 'raised'],
  ],
  acknowledged: [
    ['fault-cleared', 'closed', 'cleared-unconfirmed'],
    ['fault-withdrawn', 'cleared-unconfirmed'],
    ['attach', 'acknowledged'],
    ['escalate', 'acknowledged'],
  ],
  cleared: [
    ['acknowledge', 'closed'],
    ['close', 'closed'],
    ['attach', 'cleared'],
    ['escalate', 'cleared'],
  ],
  'cleared-unconfirmed': [
    ['acknowledge', 'cleared-unconfirmed'],
    ['close', 'closed'],
    ['attach', 'cleared-unconfirmed'],
    ['escalate', 'cleared-unconfirmed'],
  ],
  closed: [],
};

describe('the alarm lifecycle', () => {
  test.each(FAULT_KINDS)('of %s has the expected edges and refuses all others with a reason', (kind) => {
    const guarded = kind === 'entrapment' || kind === 'alarm-button';
    for (const node of NODES) {
      for (const input of ALARM_INPUTS) {
        const expected = EXPECTED[node].find(([on]) => on === input);
        const to = guarded ? (expected?.[2] ?? expected?.[1]) : expected?.[1];
        const found = alarmEdge(node, input, kind);
        if (to) expect(found).toMatchObject({ from: node, on: input, to });
        else expect(ALARM_REFUSALS).toContain(found);
      }
    }
  });

  test('has one edge at most for a state, an input and a kind', () => {
    const keys = ALARM_EDGES.flatMap(({ from, on, kinds }) =>
      (kinds === 'any' ? ['ordinary', 'person-closed'] : [kinds]).map((k) => `${from} ${on} ${k}`),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('reaches every state', () => {
    const reached = new Set<AlarmNode>(['none']);
    for (const _ of NODES) for (const e of ALARM_EDGES) if (reached.has(e.from)) reached.add(e.to);
    expect([...reached].sort()).toEqual([...NODES].sort());
  });

  test.each([
    ['raised', 'close', 'fault-still-open'],
    ['acknowledged', 'close', 'fault-still-open'],
    ['acknowledged', 'acknowledge', 'already-acknowledged'],
    ['cleared', 'fault-cleared', 'fault-already-ended'],
    ['cleared-unconfirmed', 'fault-withdrawn', 'fault-already-ended'],
    ['closed', 'acknowledge', 'already-closed'],
    ['closed', 'close', 'already-closed'],
    ['none', 'acknowledge', 'no-such-alarm'],
  ] as const)('%s refuses %s: %s', (from, on, refusal) => {
    expect(alarmEdge(from, on, 'door-held')).toBe(refusal);
  });
});

describe('every edge of the table, taken by decideAlarm', () => {
  const fault: Fault = {
    id: 'f1',
    lift: '3110320107200709E722',
    terminal: 'T1',
    kind: 'door-held',
    evidence: 'reported',
    priority: 'medium',
    raisedAt: 1_000,
    receivedAt: 1_200,
    reason: 'reported-by-terminal',
    profile: 'native-v1',
    code: 'door-held',
    clockSuspect: false,
    detail: null,
  };
  const inputs: readonly AlarmInput[] = [
    { type: 'raise', fault },
    { type: 'attach', priority: null, reason: null },
    { type: 'escalate', priority: 'critical' },
    { type: 'fault-cleared', at: 5_000, reason: 'terminal-cleared' },
    { type: 'fault-withdrawn', at: 5_000, reason: 'late-evidence' },
    { type: 'acknowledge', by: 'key-1', note: null },
    { type: 'close', by: 'key-1', note: 'seen' },
  ];
  const first = decideAlarm(null, { type: 'raise', fault }, 1_300);

  test.each(NODES.flatMap((node) => inputs.map((input) => [node, input.type, input] as const)))(
    '%s on %s',
    (node, _name, input) => {
      if (!first.ok) throw new Error('a raise from nothing was refused');
      for (const kind of ['door-held', 'entrapment'] as const) {
        const given: AlarmSnapshot | null = node === 'none' ? null : { ...first.state, kind, state: node };
        const taken = input.type === 'raise' ? { ...input, fault: { ...fault, kind } } : input;
        const edge = alarmEdge(node, input.type, kind);
        const decision = decideAlarm(given, taken, 9_000);
        if (typeof edge === 'string') expect(decision).toEqual({ ok: false, refusal: edge });
        else {
          expect(decision).toMatchObject({
            ok: true,
            reason: edge.reason,
            effects: [{ type: edge.emits }],
            state: { state: edge.to, version: (given?.version ?? 0) + 1 },
          });
        }
      }
    },
  );
});
