import fc from 'fast-check';
import { A_CONDITION, A_FIGURE } from './alarm-source.fixture.js';
import type { AlarmCause, AlarmCondition } from './alarm-source.js';
import { type AlarmInput, type AlarmSnapshot, decideAlarm } from './decide-alarm.js';
import { ALARM_STATES, type Fault, PRIORITIES } from './events.js';

const FAULT: Fault = {
  id: 'f1',
  lift: '3110320107200709E722',
  terminal: 'T1',
  kind: 'door-held',
  evidence: 'inferred',
  priority: 'medium',
  raisedAt: 1_000,
  receivedAt: 1_200,
  reason: 'held-too-long',
  profile: null,
  code: null,
  clockSuspect: true,
  detail: null,
};

function raiseOf(kind: Fault['kind']): AlarmInput {
  return { type: 'raise', cause: { source: 'fault', fault: { ...FAULT, kind } } };
}

/** Applies inputs in turn, a second apart from 10,000; none may be refused. */
function run(inputs: readonly AlarmInput[], kind: Fault['kind'] = 'door-held'): AlarmSnapshot {
  return follow([raiseOf(kind), ...inputs]);
}

function follow(inputs: readonly AlarmInput[]): AlarmSnapshot {
  let state: AlarmSnapshot | null = null;
  let now = 10_000;
  for (const input of inputs) {
    const decision = decideAlarm(state, input, now);
    if (!decision.ok) throw new Error(`${input.type} refused in ${state?.state}: ${decision.refusal}`);
    state = decision.state;
    now += 1_000;
  }
  if (!state) throw new Error('nothing was raised');
  return state;
}

const ACK: AlarmInput = { type: 'acknowledge', by: 'key-1', note: 'on my way' };
const CLEAR: AlarmInput = { type: 'clear', at: 4_000, reason: 'door-closed' };
const WITHDRAW: AlarmInput = { type: 'withdraw', at: 4_000, reason: 'inspection-began-before' };
const CLOSE: AlarmInput = { type: 'close', by: 'key-2', note: 'car empty' };

describe('an alarm', () => {
  test('is made from its fault', () => {
    expect(run([])).toEqual({
      id: 'alarm-f1',
      source: 'fault',
      sourceKey: 'f1',
      faultId: 'f1',
      lift: FAULT.lift,
      kind: 'door-held',
      priority: 'medium',
      evidence: 'inferred',
      subject: null,
      state: 'raised',
      reason: 'held-too-long',
      raisedAt: 1_000,
      recordedAt: 10_000,
      acknowledgedAt: null,
      acknowledgedBy: null,
      clearedAt: null,
      closedAt: null,
      closedBy: null,
      note: null,
      attachments: 0,
      clockSuspect: true,
      version: 1,
    });
  });

  test('acknowledged, then cleared, closes without a name', () => {
    expect(run([ACK, CLEAR])).toMatchObject({
      state: 'closed',
      reason: 'cleared-after-acknowledgement',
      acknowledgedAt: 11_000,
      acknowledgedBy: 'key-1',
      clearedAt: 4_000,
      closedAt: 12_000,
      closedBy: null,
      note: 'on my way',
    });
  });

  test('cleared, then acknowledged, is closed by that person', () => {
    expect(run([CLEAR, ACK])).toMatchObject({
      state: 'closed',
      reason: 'acknowledged-after-clear',
      acknowledgedBy: 'key-1',
      closedAt: 12_000,
      closedBy: 'key-1',
    });
  });

  test('keeps the reason of its fault while acknowledged, and the reason of its end once cleared', () => {
    expect(run([ACK]).reason).toBe('held-too-long');
    expect(run([CLEAR])).toMatchObject({ state: 'cleared', reason: 'door-closed' });
  });

  test.each(['entrapment', 'alarm-button'] as const)('%s waits for a person after its clear', (kind) => {
    expect(run([ACK, CLEAR], kind)).toMatchObject({ state: 'cleared-unconfirmed', closedAt: null });
    expect(run([CLEAR, ACK], kind)).toMatchObject({ state: 'cleared-unconfirmed', acknowledgedBy: 'key-1' });
    expect(run([CLEAR, CLOSE], kind)).toMatchObject({
      state: 'closed',
      closedBy: 'key-2',
      note: 'car empty',
      acknowledgedAt: null,
    });
  });

  test('of a withdrawn fault stays until a person closes it, whatever its kind', () => {
    expect(run([WITHDRAW])).toMatchObject({
      state: 'cleared-unconfirmed',
      reason: 'inspection-began-before',
    });
    expect(run([ACK, WITHDRAW])).toMatchObject({ state: 'cleared-unconfirmed', acknowledgedBy: 'key-1' });
    expect(run([WITHDRAW, CLOSE])).toMatchObject({ state: 'closed', closedBy: 'key-2' });
  });

  test('keeps its first acknowledgement', () => {
    const state = run([WITHDRAW, ACK]);
    const again = decideAlarm(state, { type: 'acknowledge', by: 'key-9', note: null }, 99_000);
    expect(again).toEqual({ ok: false, refusal: 'already-acknowledged' });
  });

  test('says that a mechanic may be inside while its fault is open, also once acknowledged', () => {
    const mark: AlarmInput = { type: 'attach', priority: null, reason: 'mechanic-may-be-inside' };
    expect(run([mark, ACK], 'entrapment')).toMatchObject({
      reason: 'mechanic-may-be-inside',
      attachments: 1,
    });
    expect(run([CLEAR, mark], 'entrapment')).toMatchObject({ reason: 'door-closed', attachments: 1 });
  });

  test('goes up in priority, never down', () => {
    expect(run([{ type: 'attach', priority: 'critical', reason: null }])).toMatchObject({
      priority: 'critical',
      attachments: 1,
    });
    expect(run([{ type: 'attach', priority: 'low', reason: null }])).toMatchObject({
      priority: 'medium',
      attachments: 1,
    });
    expect(run([{ type: 'escalate', priority: 'high' }])).toMatchObject({ priority: 'high', attachments: 0 });
    const lower = decideAlarm(run([]), { type: 'escalate', priority: 'medium' }, 99_000);
    expect(lower).toEqual({ ok: false, refusal: 'priority-not-higher' });
  });
});

function begins(part: Partial<AlarmCondition> = {}): AlarmInput {
  return { type: 'raise', cause: { source: 'condition', condition: { ...A_CONDITION, ...part } } };
}

describe('an alarm of a condition', () => {
  const worse = { ...A_FIGURE, value: 1.2, numerator: 12 };

  test('is made without a fault', () => {
    expect(follow([begins()])).toMatchObject({
      id: 'alarm-indicator-7',
      source: 'indicator',
      sourceKey: 'r1:county:500231',
      faultId: null,
      lift: null,
      evidence: null,
      kind: 'indicator-breached',
      priority: 'medium',
      state: 'raised',
      reason: 'beyond-threshold-held',
      raisedAt: 2_000,
      recordedAt: 10_000,
      subject: A_FIGURE,
    });
  });

  test('cleared after an acknowledgement still waits for a person', () => {
    const cleared = follow([begins(), ACK, CLEAR]);
    expect(cleared).toMatchObject({
      state: 'cleared',
      acknowledgedBy: 'key-1',
      closedAt: null,
      clearedAt: 4_000,
    });
    // Seen already: only closing says that it has been dealt with.
    expect(decideAlarm(cleared, ACK, 99_000)).toEqual({ ok: false, refusal: 'already-acknowledged' });
    expect(follow([begins(), ACK, CLEAR, CLOSE])).toMatchObject({ state: 'closed', closedBy: 'key-2' });
  });

  test('of a corrected figure keeps the reason on record until a person closes it', () => {
    expect(follow([begins(), WITHDRAW])).toMatchObject({
      state: 'cleared-unconfirmed',
      reason: 'inspection-began-before',
    });
  });

  test('met again while open shows the newest figure, and goes up in priority, never down', () => {
    const renewed = follow([begins(), ACK, begins({ at: 9_000, subject: worse, priority: 'high' })]);
    expect(renewed).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'key-1',
      subject: worse,
      priority: 'high',
      raisedAt: 2_000,
      attachments: 1,
    });
    expect(follow([begins(), begins({ priority: 'low' })]).priority).toBe('medium');
  });

  test.each([
    ['after its end', [CLEAR]],
    ['after an end that somebody saw', [ACK, CLEAR]],
    ['after a withdrawal that somebody saw', [WITHDRAW, ACK]],
  ])('met again %s is raised anew, and unseen', (_when, inputs) => {
    expect(
      follow([begins(), ...inputs, begins({ at: 9_000, subject: worse, priority: 'low' })]),
    ).toMatchObject({
      id: 'alarm-indicator-7',
      state: 'raised',
      reason: 'beyond-threshold-held',
      raisedAt: 9_000,
      clearedAt: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      priority: 'low',
      subject: worse,
      attachments: 1,
    });
  });
});

const anyInput: fc.Arbitrary<AlarmInput> = fc.oneof(
  fc
    .option(fc.constantFrom(...PRIORITIES))
    .map((priority): AlarmInput => ({ type: 'attach', priority, reason: null })),
  fc.constantFrom(...PRIORITIES).map((priority): AlarmInput => ({ type: 'escalate', priority })),
  fc.nat().map((at): AlarmInput => ({ type: 'clear', at, reason: 'terminal-cleared' })),
  fc.nat().map((at): AlarmInput => ({ type: 'withdraw', at, reason: 'late-evidence' })),
  fc.constantFrom('key-1', 'key-2').map((by): AlarmInput => ({ type: 'acknowledge', by, note: null })),
  fc.constantFrom('key-1', 'key-2').map((by): AlarmInput => ({ type: 'close', by, note: 'done' })),
);

const CAUSES: readonly AlarmCause[] = [
  ...(['entrapment', 'alarm-button', 'door-held', 'mains-lost'] as const).map(
    (kind): AlarmCause => ({ source: 'fault', fault: { ...FAULT, kind } }),
  ),
  { source: 'condition', condition: A_CONDITION },
];

describe('any sequence of inputs', () => {
  test('leaves a legal state, keeps the acknowledgement, and closes what a person must close by one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CAUSES),
        fc.array(fc.oneof(anyInput, fc.constant('raise' as const)), { maxLength: 30 }),
        (cause, inputs) => {
          const raise: AlarmInput = { type: 'raise', cause };
          const raised = decideAlarm(null, raise, 0);
          if (!raised.ok) throw new Error('a raise from nothing was refused');
          let state = raised.state;
          inputs.forEach((given, i) => {
            const input = given === 'raise' ? raise : given;
            const decision = decideAlarm(state, input, i + 1);
            if (!decision.ok) return;
            checkStep(state, input, decision.state);
            state = decision.state;
          });
        },
      ),
    );
  });
});

function checkStep(before: AlarmSnapshot, input: AlarmInput, after: AlarmSnapshot): void {
  expect(ALARM_STATES).toContain(after.state);
  expect(before.state).not.toBe('closed');
  expect(after.version).toBe(before.version + 1);
  const counts = input.type === 'attach' || input.type === 'raise';
  expect(after.attachments).toBe(before.attachments + (counts ? 1 : 0));
  expect(after.closedAt !== null).toBe(after.state === 'closed');
  // A closed alarm's fault or condition had ended, and in cleared states too.
  const stands = after.state === 'raised' || after.state === 'acknowledged';
  expect(after.clearedAt === null).toBe(stands);
  if (input.type === 'raise') {
    expect(before.source).not.toBe('fault');
    expect(stands).toBe(true);
    if (before.clearedAt !== null) return;
  }
  expect(PRIORITIES.indexOf(after.priority)).toBeLessThanOrEqual(PRIORITIES.indexOf(before.priority));
  if (before.acknowledgedAt !== null) {
    expect(after).toMatchObject({
      acknowledgedAt: before.acknowledgedAt,
      acknowledgedBy: before.acknowledgedBy,
    });
  }
  if (before.clearedAt !== null) expect(after.clearedAt).toBe(before.clearedAt);
  if (after.state === 'closed' && after.kind !== 'door-held' && after.kind !== 'mains-lost') {
    const byPerson = after.source === 'fault' ? ['close'] : ['close', 'acknowledge'];
    expect(byPerson).toContain(input.type);
    expect(after.closedBy).not.toBeNull();
  }
}
