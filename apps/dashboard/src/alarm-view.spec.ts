import fc from 'fast-check';
import { readAlarm } from './alarm-view.js';

const WIRE_ALARM = {
  id: 'a1',
  faultId: 'f1',
  sourceKey: 'f1',
  lift: '31104201201507001000',
  rescueCode: '330001',
  address: '建设大道 568 号',
  district: '420103',
  districtName: '江汉区',
  firm: null,
  kind: 'entrapment',
  priority: 'critical',
  evidence: 'reported',
  state: 'raised',
  reason: 'reported-by-terminal',
  subject: null,
  raisedAt: '2025-11-21T12:00:00.000Z',
  recordedAt: '2025-11-21T12:00:00.200Z',
  acknowledgedAt: null,
  acknowledgedBy: null,
  clearedAt: null,
  closedAt: null,
  closedBy: null,
  note: null,
  attachments: 2,
  clockSuspect: true,
  recorded: true,
  version: 3,
};

describe('readAlarm', () => {
  it('takes what the API sends', () => {
    const alarm = readAlarm(WIRE_ALARM);
    const { recordedAt: _recordedAt, ...shown } = WIRE_ALARM;
    expect(alarm).toEqual({ ...shown, raisedAtMs: Date.UTC(2025, 10, 21, 12) });
  });

  it.each(['id', 'kind', 'priority', 'state', 'raisedAt', 'version'])('refuses one without %s', (name) => {
    expect(readAlarm({ ...WIRE_ALARM, [name]: undefined })).toBeNull();
  });

  it.each([
    ['priority', 'urgent'],
    ['state', 'shelved'],
    ['raisedAt', 'yesterday'],
    ['version', Number.NaN],
    ['version', '3'],
  ])('refuses %s = %s', (name, value) => {
    expect(readAlarm({ ...WIRE_ALARM, [name]: value })).toBeNull();
  });

  it('takes one without a lift when it says what it comes from', () => {
    const other = { ...WIRE_ALARM, lift: null, faultId: null, evidence: null };
    expect(readAlarm(other)).toMatchObject({ lift: null, evidence: null, sourceKey: 'f1' });
    expect(readAlarm({ ...other, sourceKey: undefined })).toBeNull();
  });

  it('shows a kind of a newer server', () => {
    expect(readAlarm({ ...WIRE_ALARM, kind: 'rope-slack' })?.kind).toBe('rope-slack');
  });

  it('takes one with only the needed fields', () => {
    const { id, lift, kind, priority, state, raisedAt, version } = WIRE_ALARM;
    expect(readAlarm({ id, lift, kind, priority, state, raisedAt, version })).toMatchObject({
      id,
      address: null,
      attachments: 0,
      clockSuspect: false,
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(WIRE_ALARM)), (value, name) => {
        readAlarm(value);
        readAlarm({ ...WIRE_ALARM, [name]: value });
      }),
    );
  });
});
