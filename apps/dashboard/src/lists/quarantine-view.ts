import { moment, number, record, text } from '../read-json.js';

/** A message that could not be used, as `/api/v1/quarantine` sends it. */
export interface QuarantinedMessage {
  readonly id: number;
  readonly receivedAtMs: number;
  readonly terminal: string | null;
  readonly lift: string | null;
  readonly topic: string;
  readonly reason: string;
  readonly detail: string;
  /** Bytes of the message as received. */
  readonly length: number;
  readonly sha256: string;
  readonly truncated: boolean;
  /** What is kept, base64. */
  readonly body: string;
  /** The beginning as text; null when it is not UTF-8. */
  readonly preview: string | null;
}

/** Bytes shown of a body that is no text. */
const HEX_BYTES_MAX = 256;

export function readQuarantined(value: unknown): QuarantinedMessage | null {
  const raw = record(value);
  const id = number(raw?.id);
  const receivedAtMs = moment(raw?.receivedAt);
  if (raw === null || id === null || receivedAtMs === null) return null;
  return {
    id,
    receivedAtMs,
    terminal: text(raw.terminal),
    lift: text(raw.lift),
    topic: text(raw.topic) ?? '',
    reason: text(raw.reason) ?? '',
    detail: text(raw.detail) ?? '',
    length: number(raw.length) ?? 0,
    sha256: text(raw.sha256) ?? '',
    truncated: raw.truncated === true,
    body: typeof raw.body === 'string' ? raw.body : '',
    preview: typeof raw.preview === 'string' ? raw.preview : null,
  };
}

/** The first 256 bytes of base64 text, two hexadecimal digits each, 16 a line. */
export function hexOf(base64: string): string {
  let bytes: string;
  try {
    bytes = atob(base64.slice(0, Math.ceil(HEX_BYTES_MAX / 3) * 4));
  } catch {
    return '';
  }
  const digits = [...bytes.slice(0, HEX_BYTES_MAX)].map((byte) =>
    byte.charCodeAt(0).toString(16).padStart(2, '0'),
  );
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += 16) lines.push(digits.slice(at, at + 16).join(' '));
  return lines.join('\n');
}
