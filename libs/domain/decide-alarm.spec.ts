import fc from 'fast-check';
import { type AlarmInput, type AlarmSnapshot, decideAlarm } from './decide-alarm.js';
import { ALARM_STATES, type Fault, PRIORITIES } from './events.js';
import { GUARDED_KINDS } from './fault-catalogue.js';

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

/** Applies inputs in turn, a second apart from 10,000; a refused one must change nothing. */
function run(inputs: readonly AlarmInput[], kind: Fault['kind'] = 'door-held'): AlarmSnapshot {
  let state: AlarmSnapshot | null = null;
  let now = 10_000;
  for (const input of [{ type: 'raise', fault: { ...FAULT, kind } } as const, ...inputs]) {
    const decision = decideAlarm(state, input, now);
    if (!decision.ok) throw new Error(`${input.type} refused in ${state?.state}: ${decision.refusal}`);
    state = decision.state;
    now += 1_000;
  }
  if (!state) throw new Error('nothing was raised');
  return state;
}

const ACK: AlarmInput = { type: 'acknowledge', by: 'key-1', note: 'on my way' };
const CLEAR: AlarmInput = { type: 'fault-cleared', at: 4_000, reason: 'door-closed' };
const WITHDRAW: AlarmInput = { type: 'fault-withdrawn', at: 4_000, reason: 'inspection-began-before' };
const CLOSE: AlarmInput = { type: 'close', by: 'key-2', note: 'car empty' };

describe('an alarm', () => {
  test('is made from its fault', () => {
    expect(run([])).toEqual({
      id: 'alarm-f1',
      faultId: 'f1',
      lift: FAULT.lift,
      kind: 'door-held',
      priority: 'medium',
      evidence: 'inferred',
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

const anyInput: fc.Arbitrary<AlarmInput> = fc.oneof(
  fc.constant<AlarmInput>({ type: 'raise', fault: FAULT }),
  fc
    .option(fc.constantFrom(...PRIORITIES))
    .map((priority): AlarmInput => ({ type: 'attach', priority, reason: null })),
  fc.constantFrom(...PRIORITIES).map((priority): AlarmInput => ({ type: 'escalate', priority })),
  fc.nat().map((at): AlarmInput => ({ type: 'fault-cleared', at, reason: 'terminal-cleared' })),
  fc.nat().map((at): AlarmInput => ({ type: 'fault-withdrawn', at, reason: 'late-evidence' })),
  fc.constantFrom('key-1', 'key-2').map((by): AlarmInput => ({ type: 'acknowledge', by, note: null })),
  fc.constantFrom('key-1', 'key-2').map((by): AlarmInput => ({ type: 'close', by, note: 'done' })),
);

describe('any sequence of inputs', () => {
  test('leaves a legal state, keeps the acknowledgement, and closes guarded kinds by a person only', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('entrapment', 'alarm-button', 'door-held', 'mains-lost'),
        fc.array(anyInput, { maxLength: 30 }),
        (kind, inputs) => {
          const raised = decideAlarm(null, { type: 'raise', fault: { ...FAULT, kind } }, 0);
          if (!raised.ok) throw new Error('a raise from nothing was refused');
          let state = raised.state;
          inputs.forEach((input, i) => {
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
  expect(after.attachments).toBe(before.attachments + (input.type === 'attach' ? 1 : 0));
  expect(PRIORITIES.indexOf(after.priority)).toBeLessThanOrEqual(PRIORITIES.indexOf(before.priority));
  if (before.acknowledgedAt !== null) {
    expect(after).toMatchObject({
      acknowledgedAt: before.acknowledgedAt,
      acknowledgedBy: before.acknowledgedBy,
    });
  }
  if (before.clearedAt !== null) expect(after.clearedAt).toBe(before.clearedAt);
  expect(after.closedAt !== null).toBe(after.state === 'closed');
  // A closed alarm's fault had ended, and in cleared states too.
  if (after.state !== 'raised' && after.state !== 'acknowledged') expect(after.clearedAt).not.toBeNull();
  if (after.state === 'closed' && GUARDED_KINDS.has(after.kind)) {
    expect(input.type).toBe('close');
    expect(after.closedBy).not.toBeNull();
  }
}
