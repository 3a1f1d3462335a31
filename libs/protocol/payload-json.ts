import { preview, refused } from './failure.js';
import { findJsonError } from './json-error.js';
import type { Decoded } from './message.js';

/**
 * Largest payload anyone may publish, bytes. The brokers refuse more before parsing; the codecs check again.
 */
export const PAYLOAD_BYTES_MAX = 65_536;

export type ParsedPayload =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly refusal: Decoded };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes → UTF-8 → JSON value. Never throws; the refusal says which step failed, and where. */
export function parsePayload(payload: Uint8Array): ParsedPayload {
  if (payload.length === 0)
    return { ok: false, refusal: refused('empty-payload', 'the payload has no bytes') };
  if (payload.length > PAYLOAD_BYTES_MAX) {
    const detail = `the payload has ${payload.length} bytes; at most ${PAYLOAD_BYTES_MAX} are allowed`;
    return { ok: false, refusal: refused('too-large', detail) };
  }
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    const detail = `the payload (${payload.length} bytes) is not valid UTF-8; send JSON in UTF-8`;
    return { ok: false, refusal: refused('not-utf8', detail) };
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, refusal: refused('malformed-json', describeJsonError(text)) };
  }
}

/** True for a JSON object: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeJsonError(text: string): string {
  const error = findJsonError(text);
  // JSON.parse refused the text, so this is a defect of findJsonError; the message is kept all the same.
  if (error === null) return 'the payload is not JSON';
  const found = error.position < text.length ? preview(text[error.position]) : 'the end of the payload';
  return `not JSON at character ${error.position}: expected ${error.expected}, found ${found}`;
}
