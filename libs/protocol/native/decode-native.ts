import { preview } from '../failure.js';
import { isFaultKind } from '../fault-kinds.js';
import { define, KEPT_DEPTH_MAX, keptValue } from '../kept-value.js';
import type { Decoded, DecodedItem, FaultReport, LiftSample } from '../message.js';
import { PAYLOAD_BYTES_MAX } from '../payload-json.js';
import { type Built, decodeOne, decodeReadings } from './decode-payload.js';
import { compileNativeValidators } from './native-validators.js';
import { type FieldValue, ObjectReader } from './object-reader.js';
import type { EventPayload, SnapshotPayload, StatusPayload, TelemetryPayload } from './payloads.js';

/** Name of the native profile, as it stands in reports. */
export const NATIVE_PROFILE_NAME = 'native-v1';

// The fields we know, so that what remains is kept as sent. `satisfies` ties each list to its payload class.
const TELEMETRY_FIELDS = fields<TelemetryPayload>({
  v: 1,
  boot: 1,
  seq: 1,
  at: 1,
  stored: 1,
  mode: 1,
  direction: 1,
  moving: 1,
  floor: 1,
  doorState: 1,
  inDoorZone: 1,
  doorLock: 1,
  safetyLoop: 1,
  occupied: 1,
  speed: 1,
  levelErrorMm: 1,
  loadPercent: 1,
  powerState: 1,
  tripCount: 1,
  doorCycleCount: 1,
  temperature: 1,
  vibration: 1,
});
const EVENT_FIELDS = fields<EventPayload>({
  v: 1,
  boot: 1,
  id: 1,
  seq: 1,
  at: 1,
  stored: 1,
  code: 1,
  state: 1,
  detail: 1,
});

/** Telemetry: one reading, or an array of 1 to 500. One bad element refuses the message, naming its index. */
export function decodeTelemetry(payload: Uint8Array): Decoded {
  reader ??= readingReader();
  // What every terminal sends every few seconds: one reading, plainly written.
  const values = payload.length > PAYLOAD_BYTES_MAX ? null : reader.read(payload);
  if (values !== null) return { ok: true, items: [sampleFrom(values)] };
  return decodeReadings(payload, compileNativeValidators().telemetry, sampleItem);
}

/** A fault event. */
export function decodeEvent(payload: Uint8Array): Decoded {
  return decodeOne(payload, compileNativeValidators().event, eventItem);
}

/** The codes active now. */
export function decodeSnapshot(payload: Uint8Array): Decoded {
  return decodeOne(payload, compileNativeValidators().snapshot, snapshotItem);
}

/** Online or offline; the last will among them. */
export function decodeStatus(payload: Uint8Array): Decoded {
  return decodeOne(payload, compileNativeValidators().status, statusItem);
}

let reader: ObjectReader | null = null;

function readingReader(): ObjectReader {
  const { properties, required } = compileNativeValidators().telemetry;
  return new ObjectReader([...TELEMETRY_FIELDS], properties, required);
}

/** `values` in the order of `TELEMETRY_FIELDS`; the reader has looked at each as the validator would. */
function sampleFrom(values: readonly FieldValue[]): DecodedItem {
  const sample = {
    mode: values[5],
    direction: values[6],
    moving: values[7],
    floor: values[8],
    doorState: values[9],
    inDoorZone: values[10],
    doorLock: values[11],
    safetyLoop: values[12],
    occupied: values[13],
    speed: values[14],
    levelErrorMm: values[15],
    loadPercent: values[16],
    powerState: values[17],
    tripCount: values[18],
    doorCycleCount: values[19],
    temperature: values[20],
    vibration: values[21],
    extra: null,
  } as LiftSample;
  const boot = values[1] as string;
  const seq = values[2] as number;
  const at = values[3] as number;
  return { type: 'sample', origin: { boot, seq, id: null, at, stored: values[4] === true }, sample };
}

function sampleItem(p: TelemetryPayload): Built {
  const extra = unknownFields(p, TELEMETRY_FIELDS);
  if (typeof extra === 'string') return extra;
  const sample: LiftSample = {
    mode: p.mode ?? null,
    direction: p.direction ?? null,
    moving: p.moving,
    floor: p.floor ?? null,
    doorState: p.doorState,
    inDoorZone: p.inDoorZone,
    doorLock: p.doorLock ?? null,
    safetyLoop: p.safetyLoop ?? null,
    occupied: p.occupied ?? null,
    speed: p.speed ?? null,
    levelErrorMm: p.levelErrorMm ?? null,
    loadPercent: p.loadPercent ?? null,
    powerState: p.powerState ?? null,
    tripCount: p.tripCount ?? null,
    doorCycleCount: p.doorCycleCount ?? null,
    temperature: p.temperature ?? null,
    vibration: p.vibration ?? null,
    extra,
  };
  const origin = { boot: p.boot, seq: p.seq, id: null, at: p.at, stored: p.stored === true };
  return { type: 'sample', origin, sample };
}

function eventItem(p: EventPayload): Built {
  const extra = unknownFields(p, EVENT_FIELDS);
  if (typeof extra === 'string') return extra;
  const kept = p.detail == null ? null : keptValue(p.detail);
  if (kept === undefined) return tooDeep('detail', p.detail);
  const sent = kept as Record<string, unknown> | null;
  const report: FaultReport = {
    profile: NATIVE_PROFILE_NAME,
    code: p.code,
    kind: isFaultKind(p.code) ? p.code : 'unknown',
    state: p.state,
    detail: extra === null ? sent : withExtra(sent, extra),
  };
  const origin = { boot: p.boot, seq: p.seq, id: p.id, at: p.at, stored: p.stored === true };
  return { type: 'fault-report', origin, report };
}

function snapshotItem(p: SnapshotPayload): Built {
  const active = p.active.map((code) => ({ code, kind: isFaultKind(code) ? code : ('unknown' as const) }));
  const origin = { boot: p.boot, seq: p.seq, id: null, at: p.at, stored: false };
  return { type: 'snapshot', origin, snapshot: { profile: NATIVE_PROFILE_NAME, active } };
}

function statusItem(p: StatusPayload): Built {
  const origin = { boot: p.boot ?? null, seq: null, id: null, at: p.at ?? null, stored: false };
  return { type: 'status', origin, online: p.online };
}

/**
 * Unknown fields of an event stand beside its detail; one whose name the detail uses too is kept as
 * `event.name`.
 */
function withExtra(
  detail: Readonly<Record<string, unknown>> | null,
  extra: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(detail ?? {})) define(merged, name, value);
  for (const [name, value] of Object.entries(extra)) {
    define(merged, Object.hasOwn(merged, name) ? `event.${name}` : name, value);
  }
  return merged;
}

/** The fields we do not know, as sent; null when there are none; a string when one cannot be kept. */
function unknownFields(payload: object, known: ReadonlySet<string>): Record<string, unknown> | null | string {
  let extra: Record<string, unknown> | null = null;
  for (const name in payload) {
    if (known.has(name)) continue;
    extra ??= {};
    define(extra, name, (payload as Record<string, unknown>)[name]);
  }
  if (extra === null) return null;
  const kept = keptValue(extra);
  return kept === undefined ? tooDeep('an unknown field', extra) : (kept as Record<string, unknown>);
}

function tooDeep(what: string, value: unknown): string {
  return `${what} is ${preview(value)} that nests too deep; allowed: at most ${KEPT_DEPTH_MAX} levels`;
}

function fields<T>(names: { readonly [K in keyof Required<T>]: 1 }): ReadonlySet<string> {
  return new Set(Object.keys(names));
}
