import fc from 'fast-check';
import type { DecodedItem, LiftSample } from '../../message.js';
import { jtc340Profile } from './jtc340.profile.js';
import { JTC340_CODES, JTC340_FAMILIES } from './jtc340-codes.js';

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
  const listed = [...JTC340_CODES].flatMap(([code, meaning]) => {
    const [name, number] = code.split('/');
    const family = JTC340_FAMILIES.find((each) => each.family === name);
    if (family === undefined) throw new Error(`${code} is of no family`);
    const { raisedBy, clearedBy, codeField } = family;
    const payload = { Params: { Value: { [codeField]: Number(number) } } };
    return [
      { code, meaning, state: 'raised', event: raisedBy.event, payload },
      ...(clearedBy === null ? [] : [{ code, meaning, state: 'cleared', event: clearedBy.event, payload }]),
    ];
  });
  const faults = listed.filter(({ meaning }) => !/^(mode:|no-fault$)/.test(meaning));
  const others = listed.filter((each) => !faults.includes(each));

  it.each(faults)('$code $state is reported as $meaning', ({ code, meaning, state, event, payload }) => {
    const report = { profile: 'jtc340', code, kind: meaning, state };
    expect(decode(event, payload)).toMatchObject({ type: 'fault-report', report });
  });

  it.each(others)('$code $state ($meaning) raises nothing', ({ code, meaning, state, event, payload }) => {
    const entered = meaning === 'no-fault' ? null : meaning.slice('mode:'.length);
    const mode = entered !== null && state === 'cleared' ? 'unknown' : entered;
    const notice = { profile: 'jtc340', code, mode };
    expect(decode(event, payload)).toMatchObject({ type: 'notice', notice });
  });

  it('has no clear for a self-fault', () => {
    expect(decode('SelfErrorClose', {})).toMatch(/^topic .* with a known name$/);
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
    [`/device/JTC341/${ID}/thing/event/LiveData/post/`, true],
    [`/device/+/${ID}/thing/event/LiveData/post/`, false],
    [`/device//${ID}/thing/event/LiveData/post/`, false],
    [`/device/${'J'.repeat(33)}/${ID}/thing/event/LiveData/post/`, false],
    [`/device/${ID}/thing/event/LiveData/post/`, false],
    [`device/JTC340/${ID}/thing/event/LiveData/post/`, false],
    [`/server/JTC340/${ID}/thing/event/LiveData/post_reply/`, false],
  ])('publish to %s: %s', (topic, allowed) => {
    expect(jtc340Profile.mayPublish(ID, topic)).toBe(allowed);
  });

  it.each([
    [`/server/JTC340/${ID}/thing/event/LiveData/post_reply/`, true],
    [`/server/JTC340/${ID}/thing/event/ErrorEvent/post_reply`, true],
    [`/server/JTC341/${ID}/thing/event/LiveData/post_reply/`, true],
    [`/server/+/${ID}/thing/event/LiveData/post_reply/`, false],
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

describe('jtc340 answers', () => {
  const moment = { receivedAt: 1_767_225_600_999, now: 1_767_225_601_001 };

  it('go to a topic the terminal may subscribe to, whatever it posted, and say that it is taken', () => {
    const event = fc.constantFrom('ErrorEvent', 'LiveData', 'ntp', 'NeverSeen', 'SelfError');
    const model = fc.constantFrom('JTC340', 'JTC341', 'a_B-9');
    fc.assert(
      fc.property(event, model, fc.boolean(), fc.uint8Array(), (name, maker, slash, payload) => {
        const topic = `/device/${maker}/${ID}/thing/event/${name}/post${slash ? '/' : ''}`;
        const answer = jtc340Profile.answer?.(topic, payload, moment);
        expect(jtc340Profile.maySubscribe(ID, answer?.topic ?? '')).toBe(true);
        expect(answer?.topic).toBe(topic.replace('/device/', '/server/').replace('/post', '/post_reply'));
        expect(JSON.parse(Buffer.from(answer?.payload ?? []).toString())).toMatchObject({ Code: 200 });
      }),
    );
  });

  it.each([
    [1_767_225_600_123, 1_767_225_600_999, 1_767_225_601_001],
    ['1767225600123', 1_767_225_600_999, 1_767_225_601_001],
    [1_767_225_600, 1_767_225_600, 1_767_225_601],
    [0, 1_767_225_600, 1_767_225_601],
  ])('give the time in the unit of the request %j', (DSTime, received, sent) => {
    const payload = new TextEncoder().encode(JSON.stringify({ Version: 1, DSTime }));
    const answer = jtc340Profile.answer?.(`/device/JTC340/${ID}/thing/event/ntp/post/`, payload, moment);
    expect(JSON.parse(Buffer.from(answer?.payload ?? []).toString())).toEqual({
      Code: 200,
      DSTime,
      SRTime: received,
      SSTime: sent,
      Time: sent,
    });
  });

  it.each([['soon'], [{}], [null], [true]])('give the time in ms when DSTime is %j', (DSTime) => {
    const payload = new TextEncoder().encode(JSON.stringify({ DSTime }));
    const answer = jtc340Profile.answer?.(`/device/JTC340/${ID}/thing/event/ntp/post/`, payload, moment);
    const { now } = moment;
    expect(JSON.parse(Buffer.from(answer?.payload ?? []).toString())).toMatchObject({ SSTime: now });
  });

  it.each([
    `/device/JTC340/${ID}/thing/property/post/`,
    `/server/JTC340/${ID}/thing/event/ntp/post_reply/`,
    'lift/v1/T1/event',
    '',
  ])('are not given on %j', (topic) => {
    expect(jtc340Profile.answer?.(topic, new Uint8Array(), moment)).toBeNull();
  });
});
