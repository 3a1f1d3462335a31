import { codeItem } from '../../code-table.js';
import { preview, refused } from '../../failure.js';
import { numberOf } from '../../field-map.js';
import { define, KEPT_DEPTH_MAX, keptValue } from '../../kept-value.js';
import type { Decoded, DecodedItem, Origin } from '../../message.js';
import { isRecord, parsePayload } from '../../payload-json.js';
import { believedLocalTime, CHINA_CLOCK, epochMs } from '../../vendor-time.js';
import { type FaultEvent, JTC340_CODES, JTC340_FAULT_EVENTS, JTC340_PROFILE_NAME } from './jtc340-codes.js';
import { liveSample } from './jtc340-live.js';
import { runStatistics } from './jtc340-statistics.js';

type Fields = Readonly<Record<string, unknown>>;
/** The item, or what is wrong and what is allowed. */
type Built = DecodedItem | string;

interface Message {
  /** The whole payload, as sent. */
  readonly raw: Fields;
  /** `Params.Value`. */
  readonly value: Fields;
  /** `Params.Time`, ms since 1970 UTC. */
  readonly at: number | null;
}

/** A code as a vendor writes it: a number, or a short word some firmware may send. */
const CODE = /^[A-Za-z0-9_.-]{1,32}$/;

/** Event name of the time request. */
export const JTC340_TIME_EVENT = 'ntp';
/** Event names this codec understands, besides those that report faults. */
export const JTC340_OTHER_EVENTS = ['LiveData', 'RunStatistics', JTC340_TIME_EVENT] as const;

/** True for an event name that `decodeJtc340` understands. */
export function isJtc340Event(name: string): boolean {
  return JTC340_FAULT_EVENTS.has(name) || (JTC340_OTHER_EVENTS as readonly string[]).includes(name);
}

/** Decodes the payload of event `name`, one `isJtc340Event` knows. Never throws. */
export function decodeJtc340(name: string, payload: Uint8Array): Decoded {
  const parsed = parsePayload(payload);
  if (!parsed.ok) return parsed.refusal;
  if (!isRecord(parsed.value)) {
    return refused('invalid-payload', `the payload is ${preview(parsed.value)}; allowed: an object`);
  }
  const raw = keptValue(parsed.value);
  if (!isRecord(raw)) {
    return refused(
      'invalid-payload',
      `the payload nests too deep; allowed: at most ${KEPT_DEPTH_MAX} levels`,
    );
  }
  const item = build(name, raw);
  return typeof item === 'string' ? refused('invalid-payload', item) : { ok: true, items: [item] };
}

function build(name: string, raw: Fields): Built {
  if (!isScalarVersion(raw.Version)) {
    return `Version is ${preview(raw.Version)}; allowed: a number or a string`;
  }
  if (name === JTC340_TIME_EVENT) return timeRequest(raw);
  const message = readMessage(raw);
  if (typeof message === 'string') return message;
  const fault = JTC340_FAULT_EVENTS.get(name);
  if (fault !== undefined) return faultItem(fault, message);
  if (name === 'RunStatistics') {
    const statistics = runStatistics(message.value);
    return typeof statistics === 'string'
      ? statistics
      : { type: 'statistics', origin: originAt(message.at), statistics };
  }
  const sample = liveSample(message.value, envelopeRest(raw));
  return typeof sample === 'string' ? sample : { type: 'sample', origin: originAt(message.at), sample };
}

function readMessage(raw: Fields): Message | string {
  const params = raw.Params;
  if (!isRecord(params)) return `Params is ${preview(params)}; allowed: an object`;
  if (!isRecord(params.Value)) return `Params.Value is ${preview(params.Value)}; allowed: an object`;
  const at = timeOf('Params.Time', params.Time);
  return typeof at === 'string' ? at : { raw, value: params.Value, at };
}

function faultItem(event: FaultEvent, message: Message): Built {
  const sent = message.value[event.codeField];
  const number = typeof sent === 'number' && Number.isFinite(sent) ? String(sent) : sent;
  if (typeof number !== 'string' || !CODE.test(number)) {
    const allowed = 'a number, or a string of 1 to 32 of A–Z a–z 0–9 _ . -';
    return `Params.Value.${event.codeField} is ${preview(sent)}; allowed: ${allowed}`;
  }
  const time = message.value[event.timeField];
  if (time != null && typeof time !== 'string' && typeof time !== 'number') {
    return `Params.Value.${event.timeField} is ${preview(time)}; allowed: a string or a number`;
  }
  const code = `${event.family}/${number}`;
  const occurredAt = typeof time === 'string' ? believedLocalTime(time, message.at, CHINA_CLOCK) : null;
  return codeItem(JTC340_CODES, originAt(message.at), {
    profile: JTC340_PROFILE_NAME,
    code,
    state: event.state,
    detail: { occurredAt, raw: message.raw },
  });
}

function timeRequest(raw: Fields): Built {
  const at = timeOf('DSTime', raw.DSTime);
  return typeof at === 'string' ? at : { type: 'time-request', origin: originAt(at) };
}

/**
 * A time field: ms since 1970 UTC, null when absent or outside what a date can hold, a string when of a wrong
 * type.
 */
function timeOf(field: string, sent: unknown): number | null | string {
  if (sent == null) return null;
  const time = numberOf(sent);
  if (time !== null) return epochMs(time);
  if (typeof sent === 'number') return null;
  return `${field} is ${preview(sent)}; allowed: seconds or milliseconds since 1970`;
}

function isScalarVersion(version: unknown): boolean {
  return version == null || typeof version === 'number' || typeof version === 'string';
}

/** The terminal names no boot, no sequence and no id, and does not say that it held a message back. */
function originAt(at: number | null): Origin {
  return { boot: null, seq: null, id: null, at, stored: false };
}

/** Fields around `Value` that the protocol does not name, by their path. */
function envelopeRest(raw: Fields): Fields {
  const rest: Record<string, unknown> = {};
  const { Version: _version, Params: params, ...top } = raw;
  for (const [name, value] of Object.entries(top)) define(rest, `Payload.${name}`, value);
  if (!isRecord(params)) return rest;
  const { Value: _value, Time: _time, ...others } = params;
  for (const [name, value] of Object.entries(others)) define(rest, `Params.${name}`, value);
  return rest;
}
