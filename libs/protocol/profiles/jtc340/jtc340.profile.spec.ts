import fc from 'fast-check';
import type { DecodedItem, LiftSample } from '../../message.js';
import { jtc340Profile } from './jtc340.profile.js';
import { JTC340_CODES } from './jtc340-codes.js';
import { believedLocalTime, chinaTimeMs, epochMs } from './jtc340-time.js';

const ID = '934000000000001';

function decode(name: string, payload: unknown): DecodedItem | string {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  const decoded = jtc340Profile.decode(`/device/JTC340/${ID}/thing/event/${name}/post/`, bytes);
  if (!decoded.ok) return decoded.detail;
  expect(decoded.items).toHaveLength(1);
  return decoded.items[0] ?? 'no item';
}

function live(value: Record<string, unknown>): LiftSample | string {
  const item = decode('LiveData', { Version: 1, Params: { Value: value } });
  if (typeof item === 'string') return item;
  return item.type === 'sample' ? item.sample : `a ${item.type}`;
}

describe('jtc340 codes', () => {
  const events = { Error: 'ErrorType', Lock: 'Type', Alarm: 'AlarmType', SelfError: 'ErrorType' } as const;

  it.each([...JTC340_CODES])('%s is reported as %s, and its clear carries the same code', (code, kind) => {
    const [family = '', number = ''] = code.split('/');
    const payload = { Params: { Value: { [events[family as keyof typeof events]]: Number(number) } } };
    const raised = decode(family === 'SelfError' ? family : `${family}Event`, payload);
    expect(raised).toMatchObject({ type: 'fault-report', report: { code, kind, state: 'raised' } });
    if (family === 'SelfError') return;
    const cleared = decode(`${family}Close`, payload);
    expect(cleared).toMatchObject({ type: 'fault-report', report: { code, kind, state: 'cleared' } });
  });

  it('reads a code written as a string like the number', () => {
    const item = decode('ErrorEvent', { Params: { Value: { ErrorType: '1006' } } });
    expect(item).toMatchObject({ report: { code: 'Error/1006', kind: 'door-open-failed' } });
  });

  it.each([[true], [[1001]], [{ a: 1 }], [''], ['1 2'], [null], ['x'.repeat(33)]])(
    'refuses code %j',
    (code) => {
      expect(decode('ErrorEvent', { Params: { Value: { ErrorType: code } } })).toMatch(
        /^Params\.Value\.ErrorType is .*; allowed: a number, or a string/,
      );
    },
  );
});

describe('jtc340 times', () => {
  it('takes seconds and milliseconds for the same moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000, max: 4_102_444_800 }), (seconds) => {
        expect(epochMs(seconds)).toBe(seconds * 1000);
        expect(epochMs(seconds * 1000)).toBe(seconds * 1000);
      }),
    );
  });

  it.each([
    [-1, null],
    [0, 0],
    [1692167107.5, 1692167107500],
    [8.64e15, 8.64e15],
    [8.64e15 + 2, null],
  ])('%d becomes %s', (time, ms) => {
    expect(epochMs(time)).toBe(ms);
  });

  it('reads a local time back as China time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), fc.boolean(), (seconds, slashes) => {
        const [date = '', time = ''] = new Date(seconds * 1000 + 28_800_000).toISOString().split(/T|\.000Z/);
        const text = `${slashes ? date.replaceAll('-', '/') : date} ${time}`;
        expect(chinaTimeMs(text)).toBe(seconds * 1000);
      }),
    );
  });

  it.each(['', 'now', '2023-02-30 00:00:00', '2023-13-01 00:00:00', '2023-08-16', '2023-08-16 24:00:00'])(
    '%j is no time',
    (text) => {
      expect(chinaTimeMs(text)).toBeNull();
    },
  );

  it('believes a local time up to 10 minutes from the message, and only then', () => {
    const at = Date.UTC(2023, 7, 16, 8, 25, 7);
    expect(believedLocalTime('2023-08-16 16:25:07', at)).toBe(at);
    expect(believedLocalTime('2023-08-16 16:35:07', at)).toBe(at + 600_000);
    expect(believedLocalTime('2023-08-16 16:35:08', at)).toBeNull();
    expect(believedLocalTime('2023-08-16 16:15:06', at)).toBeNull();
    expect(believedLocalTime('2023-08-16 16:25:07', null)).toBeNull();
  });

  it.each([['soon'], [{}], [true], [[1]]])('refuses Time %j', (time) => {
    const payload = { Params: { Value: { ErrorType: 1001 }, Time: time } };
    expect(decode('ErrorEvent', payload)).toMatch(/^Params\.Time is .*; allowed: seconds or milliseconds/);
  });
});

describe('jtc340 live state', () => {
  it.each<[Record<string, unknown>, Partial<LiftSample>]>([
    [{ DoorState: 0 }, { doorState: 'closed', extra: null }],
    [
      { DoorState: 1, RunState: 0 },
      { doorState: 'open', moving: false, extra: null },
    ],
    [
      { DoorState: 1, RunState: 1 },
      { doorState: 'unknown', moving: true, extra: { DoorState: 1 } },
    ],
    [
      { DoorState: 0, RunState: 1 },
      { doorState: 'closed', moving: true, extra: null },
    ],
    [{ DoorState: 5 }, { doorState: 'unknown', extra: { DoorState: 5 } }],
    [{ DoorState: null }, { doorState: null, extra: null }],
    [{ PersonState: 0 }, { occupied: false, extra: null }],
    [{ PersonState: '1' }, { occupied: true, extra: null }],
    [{ PersonState: 2 }, { occupied: null, extra: { PersonState: 2 } }],
    [{}, { occupied: null, moving: null, doorState: null, inDoorZone: null, extra: null }],
    [{ RunDirection: 2 }, { direction: 'down', extra: null }],
    [{ RunDirection: 3 }, { direction: null, extra: { RunDirection: 3 } }],
    [{ RunState: 2 }, { moving: null, extra: { RunState: 2 } }],
    [{ Speed: '1.5' }, { speed: 1.5, extra: null }],
    [{ Speed: -1 }, { speed: null, extra: { Speed: -1 } }],
    [{ CurrentFloor: -2 }, { floor: '-2', extra: null }],
    [{ CurrentFloor: 'way too long' }, { floor: null, extra: { CurrentFloor: 'way too long' } }],
    [{ SignalStrength: 21 }, { extra: { SignalStrength: 21 } }],
  ])('%j', (value, expected) => {
    expect(live(value)).toMatchObject(expected);
  });

  it.each([['DoorState'], ['PersonState'], ['RunDirection'], ['RunState'], ['Speed'], ['CurrentFloor']])(
    'refuses a %s of a wrong type',
    (field) => {
      expect(live({ [field]: { a: 1 } })).toMatch(`Params.Value.${field} is an object; allowed: a`);
      expect(live({ [field]: true })).toMatch(`Params.Value.${field} is true; allowed: a`);
    },
  );
});

describe('jtc340 rights', () => {
  const own = `/device/JTC340/${ID}`;
  it.each([
    [`${own}/thing/event/LiveData/post/`, true],
    [`${own}/thing/event/LiveData/post`, true],
    [`${own}/thing/event/NeverSeen/post/`, true],
    [`${own}/thing/property/post/`, true],
    [own, false],
    [`${own}/`, false],
    [`${own}/#`, false],
    [`${own}/thing/+/x`, false],
    [`${own}//x`, false],
    [`${own}${'/x'.repeat(201)}`, false],
    ['/device/JTC340/934000000000002/thing/event/LiveData/post/', false],
    [`/device/JTC341/${ID}/thing/event/LiveData/post/`, false],
    [`device/JTC340/${ID}/thing/event/LiveData/post/`, false],
    [`/server/JTC340/${ID}/thing/event/LiveData/post_reply/`, false],
  ])('publish to %s: %s', (topic, allowed) => {
    expect(jtc340Profile.mayPublish(ID, topic)).toBe(allowed);
  });

  it.each([
    [`/server/JTC340/${ID}/thing/event/LiveData/post_reply/`, true],
    [`/server/JTC340/${ID}/thing/event/ErrorEvent/post_reply`, true],
    [`/server/JTC340/${ID}/thing/event/+/post_reply/`, false],
    [`/server/JTC340/${ID}/#`, false],
    [`/server/JTC340/${ID}/thing/service/upgrade/`, false],
    ['/server/JTC340/+/thing/event/LiveData/post_reply/', false],
    ['/server/JTC340/934000000000002/thing/event/LiveData/post_reply/', false],
    [`$share/g/server/JTC340/${ID}/thing/event/LiveData/post_reply/`, false],
    [`${own}/thing/event/LiveData/post/`, false],
  ])('subscribe to %s: %s', (filter, allowed) => {
    expect(jtc340Profile.maySubscribe(ID, filter)).toBe(allowed);
  });
});
