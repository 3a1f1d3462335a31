import {
  ALARM_EDGES,
  ALARM_INPUTS,
  ALARM_REFUSALS,
  type AlarmClass,
  type AlarmNode,
  alarmClass,
  alarmEdge,
  isEdgeOf,
} from './alarm-lifecycle.js';
import { A_CONDITION } from './alarm-source.fixture.js';
import { ALARM_KINDS, type AlarmCause, type AlarmKind } from './alarm-source.js';
import { type AlarmInput, type AlarmSnapshot, decideAlarm } from './decide-alarm.js';
import { ALARM_STATES, type Fault } from './events.js';

const NODES: readonly AlarmNode[] = ['none', ...ALARM_STATES];

type Story = Readonly<Record<AlarmNode, readonly (readonly [string, string])[]>>;

/** Written out by hand, apart from the table: what DESIGN and invariant 7 ask for. */
const ORDINARY: Story = {
  none: [['raise', 'raised']],
  raised: [
    ['acknowledge', 'acknowledged'],
    ['clear', 'cleared'],
    ['withdraw', 'cleared-unconfirmed'],
    ['attach', 'raised'],
    ['escalate', 'raised'],
  ],
  acknowledged: [
    ['clear', 'closed'],
    ['withdraw', 'cleared-unconfirmed'],
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
const STORIES: Readonly<Record<AlarmClass, Story>> = {
  ordinary: ORDINARY,
  'person-closed': {
    ...ORDINARY,
    raised: [['clear', 'cleared-unconfirmed'], ...ORDINARY.raised.filter(([on]) => on !== 'clear')],
    acknowledged: [
      ['clear', 'cleared-unconfirmed'],
      ...ORDINARY.acknowledged.filter(([on]) => on !== 'clear'),
    ],
  },
  // Never closed by itself, and raised again when it comes back.
  condition: {
    ...ORDINARY,
    raised: [['raise', 'raised'], ...ORDINARY.raised],
    acknowledged: [
      ['raise', 'acknowledged'],
      ['clear', 'cleared'],
      ...ORDINARY.acknowledged.filter(([on]) => on !== 'clear'),
    ],
    cleared: [['raise', 'raised'], ...ORDINARY.cleared],
    'cleared-unconfirmed': [['raise', 'raised'], ...ORDINARY['cleared-unconfirmed']],
  },
};
const GUARDED: readonly AlarmKind[] = ['entrapment', 'alarm-button'];
const CONDITIONS: readonly AlarmKind[] = ['indicator-breached', 'webhook-endpoint-disabled'];

function storyOf(kind: AlarmKind): Story {
  if (CONDITIONS.includes(kind)) return STORIES.condition;
  return GUARDED.includes(kind) ? STORIES['person-closed'] : STORIES.ordinary;
}

describe('the alarm lifecycle', () => {
  test.each(ALARM_KINDS)('of %s has the expected edges and refuses all others with a reason', (kind) => {
    for (const node of NODES) {
      for (const input of ALARM_INPUTS) {
        const to = storyOf(kind)[node].find(([on]) => on === input)?.[1];
        const found = alarmEdge(node, input, kind);
        if (to) expect(found).toMatchObject({ from: node, on: input, to });
        else expect(ALARM_REFUSALS).toContain(found);
      }
    }
  });

  test('closes no alarm of a condition without a person', () => {
    const closing = ALARM_EDGES.filter((edge) => edge.to === 'closed' && isEdgeOf(edge, 'condition'));
    expect(new Set(closing.map(({ on }) => on))).toEqual(new Set(['acknowledge', 'close']));
  });

  const classes = Object.keys(STORIES) as AlarmClass[];

  test.each(classes)('has one edge at most for a state and an input of %s', (of) => {
    const keys = ALARM_EDGES.filter((edge) => isEdgeOf(edge, of)).map(({ from, on }) => `${from} ${on}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(classes)('reaches every state of %s', (of) => {
    const edges = ALARM_EDGES.filter((edge) => isEdgeOf(edge, of));
    const reached = new Set<AlarmNode>(['none']);
    for (const _ of NODES) for (const e of edges) if (reached.has(e.from)) reached.add(e.to);
    // Invariant 7: there a clear alone is never enough.
    const expected = NODES.filter((node) => of !== 'person-closed' || node !== 'cleared');
    expect([...reached].sort()).toEqual([...expected].sort());
  });

  test('classes each kind', () => {
    const inClass = (of: AlarmClass) => ALARM_KINDS.filter((kind) => alarmClass(kind) === of);
    expect(inClass('person-closed')).toEqual(GUARDED);
    expect(inClass('condition')).toEqual(CONDITIONS);
  });

  test.each([
    ['raised', 'close', 'fault-still-open'],
    ['acknowledged', 'close', 'fault-still-open'],
    ['acknowledged', 'acknowledge', 'already-acknowledged'],
    ['cleared', 'clear', 'fault-already-ended'],
    ['cleared-unconfirmed', 'withdraw', 'fault-already-ended'],
    ['closed', 'acknowledge', 'already-closed'],
    ['closed', 'close', 'already-closed'],
    ['closed', 'raise', 'already-closed'],
    ['none', 'acknowledge', 'no-such-alarm'],
  ] as const)('%s refuses %s: %s', (from, on, refusal) => {
    for (const kind of ['door-held', 'indicator-breached'] as const) {
      expect(alarmEdge(from, on, kind)).toBe(refusal);
    }
  });

  test.each(['raised', 'acknowledged', 'cleared', 'cleared-unconfirmed'] as const)(
    'of a fault in %s refuses a second raise',
    (from) => {
      expect(alarmEdge(from, 'raise', 'entrapment')).toBe('already-raised');
    },
  );
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
  const ofFault = (kind: Fault['kind']): AlarmCause => ({ source: 'fault', fault: { ...fault, kind } });
  const causes: readonly AlarmCause[] = [
    ofFault('door-held'),
    ofFault('entrapment'),
    { source: 'condition', condition: A_CONDITION },
  ];
  const inputs: readonly (AlarmInput | 'raise')[] = [
    'raise',
    { type: 'attach', priority: null, reason: null },
    { type: 'escalate', priority: 'critical' },
    { type: 'clear', at: 5_000, reason: 'terminal-cleared' },
    { type: 'withdraw', at: 5_000, reason: 'late-evidence' },
    { type: 'acknowledge', by: 'key-1', note: null },
    { type: 'close', by: 'key-1', note: 'seen' },
  ];

  test.each(
    NODES.flatMap((node) =>
      inputs.map((input) => [node, input === 'raise' ? input : input.type, input] as const),
    ),
  )('%s on %s', (node, on, input) => {
    for (const cause of causes) {
      const raise: AlarmInput = { type: 'raise', cause };
      const first = decideAlarm(null, raise, 1_300);
      if (!first.ok) throw new Error('a raise from nothing was refused');
      const given: AlarmSnapshot | null = node === 'none' ? null : { ...first.state, state: node };
      const edge = alarmEdge(node, on, first.state.kind);
      const decision = decideAlarm(given, input === 'raise' ? raise : input, 9_000);
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
  });
});
