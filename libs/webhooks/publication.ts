import { FAULT_CATALOGUE } from '#domain';
import { isFaultKind } from '#protocol';
import type { LogEvent } from '#records';
import type {
  AlarmFields,
  Body,
  CommonData,
  FaultFields,
  Fields,
  IndicatorFields,
  LiftPart,
  TerminalFields,
} from './event-body.js';
import type { WebhookType } from './event-types.js';
import type { Schedule } from './retry-schedule.js';
import { flagIn, numberIn, objectIn, textIn, timeIn, type Values } from './values.js';

/** Bytes of a body, fewer than this (Standard Webhooks "Payload size"). */
export const BODY_BYTES_MAX = 20_000;
const DETAIL_BYTES_MAX = 4_096;
/** Characters of a text that people or terminals wrote. */
const TEXT_MAX = 1_000;

/** What is to be told, before it has its number and its lift. */
export interface Publication {
  readonly type: WebhookType;
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly kind: string | null;
  readonly priority: string | null;
  readonly evidence: string | null;
  /** Id of the fault or alarm. */
  readonly subject: string | null;
  /** Path of what it is about. */
  readonly about: string | null;
  readonly fields: Fields;
}

/** What was said of a fault when it began. */
export interface Origin {
  readonly priority: string | null;
  readonly evidence: string | null;
  readonly raisedAt: string | null;
  readonly terminal: string | null;
}

/** What is told of an event of the log: nothing, one thing, or two. `origin` is asked of an ended fault. */
export function publicationsOf(event: LogEvent, origin: Origin | null): readonly Publication[] {
  switch (event.type) {
    case 'fault.raised':
    case 'fault.recorded':
      return ofBegun(event, event.type);
    case 'fault.cleared':
    case 'fault.withdrawn':
      return ofEnded(event, event.type, origin);
    case 'alarm.raised':
    case 'alarm.acknowledged':
    case 'alarm.cleared':
    case 'alarm.closed':
      return [ofAlarm(event.type, objectIn(event.data, 'alarm'), event.recordedAt, null)];
    case 'indicator.breached':
    case 'indicator.restored':
      return [ofIndicator(event, event.type)];
    default:
      return [];
  }
}

/** An open alarm told to the firm that a lift has come to. `view`: the alarm as its last event showed it. */
export function transferOf(view: Values, at: number, previousFirm: string | null): Publication {
  return ofAlarm('alarm.transferred', view, at, previousFirm);
}

function ofBegun(event: LogEvent, type: 'fault.raised' | 'fault.recorded'): readonly Publication[] {
  const fault = objectIn(event.data, 'fault');
  const raisedAt = numberIn(fault, 'raisedAt') ?? event.recordedAt;
  const clearedAt = numberIn(event.data, 'clearedAt');
  const kind = textIn(fault, 'kind') ?? 'unknown';
  const fields: FaultFields = {
    faultId: textIn(fault, 'id') ?? '',
    kind,
    priority: textIn(fault, 'priority') ?? priorityOf(kind),
    evidence: textIn(fault, 'evidence'),
    reason: clip(textIn(event.data, 'clearReason') ?? textIn(fault, 'reason') ?? ''),
    raisedAt: iso(raisedAt),
    endedAt: clearedAt === null ? null : iso(clearedAt),
    terminal: textIn(fault, 'terminal'),
    profile: textIn(fault, 'profile'),
    code: clipped(textIn(fault, 'code')),
    clockSuspect: flagIn(fault, 'clockSuspect'),
    detail: boundedDetail(fault.detail),
  };
  const told = faultPublication(type, fields, clearedAt ?? raisedAt);
  if (type !== 'fault.raised' || kind !== 'terminal-offline') return [told];
  return [told, terminalPublication('terminal.offline', fields, raisedAt, null)];
}

function ofEnded(
  event: LogEvent,
  type: 'fault.cleared' | 'fault.withdrawn',
  origin: Origin | null,
): readonly Publication[] {
  const at = numberIn(event.data, 'at') ?? event.recordedAt;
  const kind = textIn(event.data, 'kind') ?? 'unknown';
  const fields: FaultFields = {
    faultId: textIn(event.data, 'faultId') ?? '',
    kind,
    priority: origin?.priority ?? priorityOf(kind),
    evidence: origin?.evidence ?? null,
    reason: clip(textIn(event.data, 'reason') ?? ''),
    raisedAt: origin?.raisedAt ?? null,
    endedAt: iso(at),
    terminal: origin?.terminal ?? null,
    profile: null,
    code: null,
    clockSuspect: false,
    detail: null,
  };
  const told = faultPublication(type, fields, at);
  return kind === 'terminal-offline'
    ? [told, terminalPublication('terminal.online', fields, at, at)]
    : [told];
}

function faultPublication(type: WebhookType, fields: FaultFields, at: number): Publication {
  const { faultId, kind, priority, evidence } = fields;
  return { type, at, kind, priority, evidence, subject: faultId, about: `/api/v1/faults/${faultId}`, fields };
}

function terminalPublication(
  type: 'terminal.offline' | 'terminal.online',
  fault: FaultFields,
  at: number,
  endedAt: number | null,
): Publication {
  const { faultId, kind, priority, evidence, terminal, reason } = fault;
  const fields: TerminalFields = { terminal, faultId, at: iso(endedAt ?? at), reason };
  // No subject: what was said of the fault itself stands in the fault's event.
  return { type, at, kind, priority, evidence, subject: null, about: `/api/v1/faults/${faultId}`, fields };
}

function ofAlarm(type: WebhookType, view: Values, at: number, previousFirm: string | null): Publication {
  const alarmId = textIn(view, 'id') ?? '';
  const kind = textIn(view, 'kind') ?? 'unknown';
  const fields: AlarmFields = {
    alarmId,
    faultId: textIn(view, 'faultId'),
    kind,
    priority: textIn(view, 'priority') ?? priorityOf(kind),
    evidence: textIn(view, 'evidence'),
    state: textIn(view, 'state') ?? '',
    reason: clip(textIn(view, 'reason') ?? ''),
    raisedAt: timeIn(view, 'raisedAt') ?? iso(at),
    acknowledgedAt: timeIn(view, 'acknowledgedAt'),
    acknowledgedBy: clipped(textIn(view, 'acknowledgedBy')),
    clearedAt: timeIn(view, 'clearedAt'),
    closedAt: timeIn(view, 'closedAt'),
    closedBy: clipped(textIn(view, 'closedBy')),
    note: clipped(textIn(view, 'note')),
    version: numberIn(view, 'version') ?? 0,
    previousFirm,
  };
  const { priority, evidence } = fields;
  return { type, at, kind, priority, evidence, subject: alarmId, about: `/api/v1/alarms/${alarmId}`, fields };
}

function ofIndicator(event: LogEvent, type: 'indicator.breached' | 'indicator.restored'): Publication {
  const { data } = event;
  const scope = objectIn(data, 'scope');
  const fields: IndicatorFields = {
    ruleId: clip(textIn(data, 'ruleId') ?? ''),
    ruleVersion: numberIn(data, 'ruleVersion') ?? 0,
    indicator: textIn(data, 'indicator') ?? '',
    scope: { kind: textIn(scope, 'kind') ?? '', id: clip(textIn(scope, 'id') ?? '') },
    value: numberIn(data, 'value') ?? 0,
    threshold: numberIn(data, 'threshold') ?? 0,
    numerator: numberIn(data, 'numerator') ?? 0,
    denominator: numberIn(data, 'denominator') ?? 0,
    from: timeIn(data, 'from') ?? iso(event.recordedAt),
    to: timeIn(data, 'to') ?? iso(event.recordedAt),
  };
  return {
    type,
    at: event.recordedAt,
    kind: null,
    priority: textIn(data, 'priority'),
    evidence: null,
    subject: null,
    about: clipped(textIn(data, 'rows')),
    fields,
  };
}

/** Critical ones that somebody must act upon are tried five more times within the first minute. */
export function scheduleOf({ type, priority }: Pick<Publication, 'type' | 'priority'>): Schedule {
  const urgent = type === 'fault.raised' || type === 'alarm.raised' || type === 'alarm.transferred';
  return urgent && priority === 'critical' ? 'critical' : 'normal';
}

/**
 * The bytes to send. Always fewer than 20,000: what people and terminals wrote is cut, and a body that is too
 * long all the same (other scripts take more bytes a character) goes without its detail and note.
 */
export function bodyText(
  publication: Publication,
  id: string,
  sequence: number | null,
  lift: LiftPart | null,
): string {
  const { type, at, about, fields } = publication;
  const path = lift === null ? null : `/api/v1/lifts/${encodeURIComponent(lift.registrationCode)}`;
  const common: CommonData = { event: id, sequence, lift, links: { lift: path, about } };
  const body: Body<Fields> = { type, timestamp: iso(at), data: { ...common, ...fields } };
  const whole = JSON.stringify(body);
  if (Buffer.byteLength(whole) < BODY_BYTES_MAX) return whole;
  const less = JSON.stringify({
    ...body,
    data: {
      ...body.data,
      ...('detail' in fields ? { detail: null } : {}),
      ...('note' in fields ? { note: null } : {}),
    },
  });
  if (Buffer.byteLength(less) < BODY_BYTES_MAX) return less;
  throw new Error(`Event ${id} (${type}) has ${Buffer.byteLength(less)} bytes without its free texts.`);
}

function boundedDetail(detail: unknown): FaultFields['detail'] {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return null;
  const fits = Buffer.byteLength(JSON.stringify(detail)) <= DETAIL_BYTES_MAX;
  return fits ? (detail as Readonly<Record<string, unknown>>) : null;
}

function priorityOf(kind: string): string {
  return isFaultKind(kind) ? FAULT_CATALOGUE[kind].priority : 'low';
}

function clip(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text;
}

function clipped(text: string | null): string | null {
  return text === null ? null : clip(text);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
