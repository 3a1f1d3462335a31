import type { LogEvent } from '#records';

/** An `alarm.*` event, written out once for every client that may see it. */
export interface AlarmFrame {
  readonly id: number;
  readonly alarmId: string;
  readonly district: string | null;
  readonly firm: string | null;
  /** When the message behind it reached us, ms since 1970 UTC; null when a person is behind it. */
  readonly receivedAt: number | null;
  /** The server-sent event, ready to write. */
  readonly text: string;
}

/** Null when `event` is not of an alarm. */
export function alarmFrame(event: LogEvent): AlarmFrame | null {
  if (!event.type.startsWith('alarm.')) return null;
  const { alarm, receivedAt } = event.data;
  return {
    id: event.id,
    alarmId: idOf(alarm),
    district: event.district,
    firm: event.firm,
    receivedAt: typeof receivedAt === 'number' ? receivedAt : null,
    text: serverSentEvent(event.type, { type: event.type, alarm }, event.id),
  };
}

function idOf(alarm: unknown): string {
  const { id } = (alarm ?? {}) as { id?: unknown };
  return typeof id === 'string' ? id : '';
}

/**
 * One server-sent event. JSON has no line breaks of its own, so one `data:` line is enough. Without `id` the
 * client keeps the last one.
 */
export function serverSentEvent(event: string, data: Readonly<Record<string, unknown>>, id?: number): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
