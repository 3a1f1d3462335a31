import { nativeProfile } from '../../native/native-v1.profile.js';
import { gbt24476Profile } from './gbt24476.profile.js';
import { GBT24476_CODES } from './gbt24476-codes.js';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('gbt24476', () => {
  it.each([...GBT24476_CODES])('%s means %s, from an event as from a snapshot', (code, meaning) => {
    const envelope = { v: 1, boot: 'b', seq: 1, at: 1 };
    const event = { ...envelope, id: 'e', code, state: 'raised' };
    const [item] = itemsOf('event', event);
    const [listed] = itemsOf('snapshot', { ...envelope, active: [code] });
    const isFault = !/^(mode:|no-fault$)/.test(meaning);
    expect(item?.type).toBe(isFault ? 'fault-report' : 'notice');
    const active = isFault ? [{ code, kind: meaning }] : [];
    expect(listed).toMatchObject({ type: 'snapshot', snapshot: { profile: 'gbt24476', active } });
    if (isFault) expect(item).toMatchObject({ report: { profile: 'gbt24476', code, kind: meaning } });
  });

  it('keeps own __proto__ fields of a reading as fields', () => {
    const text = '{"v":1,"boot":"b","seq":1,"at":1,"carStatus":1,"__proto__":{"carStatus":0}}';
    const decoded = gbt24476Profile.decode('lift/v1/T1/telemetry', new TextEncoder().encode(text));
    const item = decoded.ok ? decoded.items[0] : undefined;
    const sample = item?.type === 'sample' ? item.sample : null;
    expect(sample?.moving).toBe(true);
    expect(Object.keys(sample?.extra ?? {})).toEqual(['__proto__']);
  });

  it('gives the rights the native protocol gives, and waits for no answer', () => {
    for (const topic of ['lift/v1/T1/telemetry', 'lift/v1/T1/command', 'lift/v1/T2/event', '#']) {
      expect(gbt24476Profile.mayPublish('T1', topic)).toBe(nativeProfile.mayPublish('T1', topic));
      expect(gbt24476Profile.maySubscribe('T1', topic)).toBe(nativeProfile.maySubscribe('T1', topic));
    }
    expect(gbt24476Profile.answer).toBeUndefined();
  });
});

function itemsOf(name: string, payload: unknown) {
  const decoded = gbt24476Profile.decode(`lift/v1/T1/${name}`, bytes(payload));
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.items;
}
