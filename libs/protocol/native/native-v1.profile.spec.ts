import fc from 'fast-check';
import { FAULT_KINDS } from '../fault-kinds.js';
import {
  CONTACT_STATES,
  type DecodedItem,
  DIRECTIONS,
  DOOR_STATES,
  type LiftSample,
  type Origin,
  POWER_STATES,
  SERVICE_MODES,
} from '../message.js';
import { PAYLOAD_BYTES_MAX } from '../payload-json.js';
import { nativeTopic } from '../topics.js';
import { nativeProfile } from './native-v1.profile.js';
import type { EventPayload, SnapshotPayload, StatusPayload, TelemetryPayload } from './payloads.js';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

// Plain prototypes, as JSON.parse makes them: toStrictEqual compares them too.
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}
const orNull = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arb, { freq: 3 });
// JSON writes −0 as 0, so it is no value a decoder could give back.
const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true }).map((n) => n + 0);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const boot = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const seq = fc.nat({ max: 4_294_967_295 });
const at = fc.nat({ max: 8_640_000_000_000_000 });
const extra = fc
  .dictionary(
    fc.stringMatching(/^x[a-z]{1,6}$/),
    fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme-ascii' }),
    {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    },
  )
  .map((fields): Record<string, unknown> => JSON.parse(JSON.stringify(fields)));

const sample: fc.Arbitrary<LiftSample> = record({
  mode: orNull(fc.constantFrom(...SERVICE_MODES)),
  direction: orNull(fc.constantFrom(...DIRECTIONS)),
  moving: fc.boolean(),
  floor: orNull(fc.string({ maxLength: 8 })),
  doorState: fc.constantFrom(...DOOR_STATES),
  inDoorZone: fc.boolean(),
  doorLock: orNull(fc.constantFrom(...CONTACT_STATES)),
  safetyLoop: orNull(fc.constantFrom(...CONTACT_STATES)),
  occupied: orNull(fc.boolean()),
  speed: orNull(real(0, 30)),
  levelErrorMm: orNull(real(-5000, 5000)),
  loadPercent: orNull(real(0, 300)),
  powerState: orNull(fc.constantFrom(...POWER_STATES)),
  tripCount: orNull(count),
  doorCycleCount: orNull(count),
  temperature: orNull(real(-100, 1000)),
  vibration: orNull(real(0, 1000)),
  extra: orNull(extra),
});
const sampleItem: fc.Arbitrary<DecodedItem> = record({
  type: fc.constant('sample' as const),
  origin: record({ boot, seq, id: fc.constant(null), at, stored: fc.boolean() }),
  sample,
});

/**
 * What a terminal would send for a decoded item; `absent` leaves unknown fields out instead of writing null.
 */
function encode(item: DecodedItem, absent: boolean): Record<string, unknown> {
  const { id, ...origin } = item.origin;
  const fields = { v: 1, ...origin, ...(id === null ? {} : { id }), ...bodyOf(item) };
  // An unknown field (they begin with x here) is kept as sent, so its null is no absence.
  const said = ([name, value]: [string, unknown]) => value !== null || !absent || name.startsWith('x');
  const entries = Object.entries(fields).filter(said);
  return Object.fromEntries(entries);
}

function bodyOf(item: DecodedItem): Record<string, unknown> {
  switch (item.type) {
    case 'sample': {
      const { extra: unknown, ...known } = item.sample;
      return { ...known, ...unknown };
    }
    case 'fault-report':
      return { code: item.report.code, state: item.report.state, detail: item.report.detail };
    case 'snapshot':
      return { active: item.snapshot.active.map(({ code }) => code) };
    case 'status':
      return { online: item.online };
    default:
      throw new Error(`no native payload carries a ${item.type}`);
  }
}

describe('native-v1 decode', () => {
  it('gives back every sample that was encoded, alone', () => {
    fc.assert(
      fc.property(sampleItem, fc.boolean(), (item, absent) => {
        const decoded = nativeProfile.decode('lift/v1/T1/telemetry', bytes(encode(item, absent)));
        expect(decoded).toStrictEqual({ ok: true, items: [item] });
      }),
    );
  });

  it('gives back every batch that was encoded, in order', () => {
    fc.assert(
      fc.property(fc.array(sampleItem, { minLength: 1, maxLength: 20 }), (items) => {
        const payload = bytes(items.map((item) => encode(item, true)));
        expect(nativeProfile.decode('lift/v1/T1/telemetry', payload)).toStrictEqual({ ok: true, items });
      }),
      { numRuns: 30 },
    );
  });

  it('gives back every event, snapshot and status that was encoded', () => {
    const origin = { boot, seq, at };
    const code = fc.constantFrom(...FAULT_KINDS, 'E-17', '未知');
    const kindOf = (name: string) => FAULT_KINDS.find((kind) => kind === name) ?? 'unknown';
    const event: fc.Arbitrary<DecodedItem> = record({
      type: fc.constant('fault-report' as const),
      origin: record({ ...origin, id: fc.string({ minLength: 1, maxLength: 64 }), stored: fc.boolean() }),
      report: record({
        code,
        state: fc.constantFrom('raised' as const, 'cleared' as const),
        detail: orNull(extra),
      }).map((report) => ({ profile: 'native-v1', ...report, kind: kindOf(report.code) })),
    });
    const still = { id: fc.constant(null), stored: fc.constant(false) };
    const snapshot: fc.Arbitrary<DecodedItem> = record({
      type: fc.constant('snapshot' as const),
      origin: record({ ...origin, ...still }),
      snapshot: fc
        .array(code, { maxLength: 100 })
        .map((codes) => ({ profile: 'native-v1', active: codes.map((c) => ({ code: c, kind: kindOf(c) })) })),
    });
    const status: fc.Arbitrary<DecodedItem> = record({
      type: fc.constant('status' as const),
      origin: record({ boot: orNull(boot), seq: fc.constant(null), at: orNull(at), ...still }),
      online: fc.boolean(),
    });
    const names = { 'fault-report': 'event', snapshot: 'snapshot', status: 'status' } as const;
    fc.assert(
      fc.property(fc.oneof(event, snapshot, status), fc.boolean(), (item, absent) => {
        const name = names[item.type as keyof typeof names];
        const payload = bytes(encode(item, absent));
        expect(nativeProfile.decode(`lift/v1/T1/${name}`, payload)).toStrictEqual({
          ok: true,
          items: [item],
        });
      }),
    );
  });

  it('takes what the payload types allow a simulator to build', () => {
    const origin: Origin = { boot: 'b', seq: 1, id: null, at: 2, stored: false };
    const { stored: _, id: __, ...sent } = { ...origin, boot: 'b', seq: 1, at: 2 };
    const telemetry: TelemetryPayload = { v: 1, ...sent, moving: false, doorState: 'open', inDoorZone: true };
    const event: EventPayload = { v: 1, ...sent, id: 'e', code: 'entrapment', state: 'raised' };
    const snapshot: SnapshotPayload = { v: 1, ...sent, active: [] };
    const will: StatusPayload = { v: 1, online: false };
    const sends = { telemetry, event, snapshot, status: will };
    for (const [name, payload] of Object.entries(sends)) {
      expect(nativeProfile.decode(`lift/v1/T1/${name}`, bytes(payload)).ok).toBe(true);
    }
  });

  it.each<[field: string, accepted: readonly unknown[], refused: readonly unknown[]]>([
    ['v', [1], [0, 2, '1', null]],
    ['boot', ['a', 'Z_-9', 'b'.repeat(64)], ['', 'b'.repeat(65), 'a b', 'a\n', 'é', 7, null]],
    ['seq', [0, 4_294_967_295], [-1, 4_294_967_296, 0.5, '1', null]],
    ['at', [0, 8.64e15], [-1, 8.64e15 + 2, 1.5, null]],
    ['floor', ['', '-2B', '负一', '😀'.repeat(8), null], ['123456789', 'a\tb', 3]],
    ['speed', [0, 30, null], [-0.01, 30.01, '1']],
    ['levelErrorMm', [-5000, 5000, null], [-5001, 5001]],
    ['loadPercent', [0, 300], [-1, 300.5]],
    ['tripCount', [0, Number.MAX_SAFE_INTEGER], [-1, 1.5]],
    ['doorCycleCount', [0, Number.MAX_SAFE_INTEGER], [-1, 1.5]],
    ['temperature', [-100, 1000], [-101, 1001]],
    ['vibration', [0, 1000], [-1, 1001]],
    ['occupied', [true, false, null], [1, 'yes']],
    ['stored', [true, false, null], ['false']],
    ['doorState', [...DOOR_STATES], ['Open', null]],
  ])('holds %s to its bounds', (field, accepted, refusals) => {
    const reading = { v: 1, boot: 'b', seq: 1, at: 1, moving: false, doorState: 'open', inDoorZone: true };
    for (const value of [...accepted, ...refusals]) {
      const decoded = nativeProfile.decode('lift/v1/T1/telemetry', bytes({ ...reading, [field]: value }));
      expect([value, decoded.ok]).toEqual([value, accepted.includes(value)]);
    }
  });

  it('refuses more than 64 KiB, 501 readings and 101 codes by name', () => {
    const reading = { v: 1, boot: 'b', seq: 1, at: 1, moving: false, doorState: 'open', inDoorZone: true };
    const batch = (length: number) => bytes(Array.from({ length }, () => reading));
    const codes = (length: number) =>
      bytes({ v: 1, boot: 'b', seq: 1, at: 1, active: Array(length).fill('c') });
    const decode = (name: string, payload: Uint8Array) => nativeProfile.decode(`lift/v1/T1/${name}`, payload);
    expect(decode('telemetry', new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toMatchObject({ reason: 'too-large' });
    expect(decode('telemetry', batch(500))).toMatchObject({ ok: true });
    expect(decode('telemetry', batch(501))).toMatchObject({ ok: false, reason: 'too-many-items' });
    expect(decode('snapshot', codes(100))).toMatchObject({ ok: true });
    expect(decode('snapshot', codes(101))).toMatchObject({ ok: false, reason: 'too-many-items' });
  });
});

describe('native-v1 rights', () => {
  it.each([
    ['lift/v1/T1/telemetry', true],
    ['lift/v1/T1/reply', true],
    ['lift/v1/T1/whatever', true],
    ['lift/v1/T1/command', false],
    ['lift/v1/T2/telemetry', false],
    ['lift/v1/t1/telemetry', false],
    ['lift/v1/T1/telemetry/', false],
    ['lift/v1/T1', false],
    ['lift/v1/T1/', false],
    ['lift/v1/T1/#', false],
    ['lift/v1/T1/+', false],
    ['lift/v2/T1/telemetry', false],
    ['/lift/v1/T1/telemetry', false],
    ['$SYS/T1/x/y', false],
    ['', false],
    [`lift/v1/T1/${'x'.repeat(65)}`, false],
    ['a/'.repeat(300), false],
  ])('publish to %s: %s', (topic, allowed) => {
    expect(nativeProfile.mayPublish('T1', topic)).toBe(allowed);
  });

  it.each([
    ['lift/v1/T1/command', true],
    ['lift/v1/T1/command/', false],
    ['lift/v1/T1/telemetry', false],
    ['lift/v1/T2/command', false],
    ['lift/v1/+/command', false],
    ['lift/v1/T1/+', false],
    ['lift/v1/T1/#', false],
    ['#', false],
    ['$share/g/lift/v1/T1/command', false],
  ])('subscribe to %s: %s', (filter, allowed) => {
    expect(nativeProfile.maySubscribe('T1', filter)).toBe(allowed);
  });

  it('gives no topic to an id that is no terminal id', () => {
    for (const id of ['', '+', '#', '__proto__', 'a/b', '$SYS']) {
      expect(nativeProfile.mayPublish(id, `lift/v1/${id}/telemetry`)).toBe(false);
      expect(nativeProfile.maySubscribe(id, nativeTopic(id, 'command'))).toBe(false);
    }
  });
});
