import { isUtf8 } from 'node:buffer';
import type { Selectable } from 'kysely';
import type { QuarantineTable } from '#records';

/** Characters of the preview; a body may have 64 KiB. */
const PREVIEW_MAX = 1_000;

/** A refused message as the API shows it: all of its bytes that are kept, and why it was refused. */
export interface QuarantineView {
  readonly id: number;
  readonly receivedAt: string;
  readonly terminal: string | null;
  readonly lift: string | null;
  readonly district: string | null;
  readonly topic: string;
  readonly reason: string;
  /** The field and value at fault, for a person. */
  readonly detail: string;
  /** Bytes of the message as received. */
  readonly length: number;
  /** SHA-256 of the whole message, hex. */
  readonly sha256: string;
  /** True when only the head of the message is kept. */
  readonly truncated: boolean;
  /** What is kept, base64. */
  readonly body: string;
  /** The first 1,000 characters when the kept bytes are UTF-8, else null. */
  readonly preview: string | null;
}

export function quarantineView(row: Selectable<QuarantineTable>): QuarantineView {
  const truncated = row.length > row.body.length;
  return {
    id: row.id,
    receivedAt: row.received_at.toISOString(),
    terminal: row.terminal,
    lift: row.lift,
    district: row.district,
    topic: row.topic,
    reason: row.reason,
    detail: row.detail,
    length: row.length,
    sha256: row.sha256,
    truncated,
    body: row.body.toString('base64'),
    preview: preview(row.body, truncated),
  };
}

function preview(body: Buffer, truncated: boolean): string | null {
  // The cut of a kept head may fall inside a character: up to three bytes of it are not the sender's mistake.
  const cuts = truncated ? [0, 1, 2, 3] : [0];
  const cut = cuts.find((bytes) => isUtf8(body.subarray(0, body.length - bytes)));
  if (cut === undefined) return null;
  return [
    ...body
      .subarray(0, body.length - cut)
      .toString('utf8')
      .slice(0, 2 * PREVIEW_MAX),
  ]
    .slice(0, PREVIEW_MAX)
    .join('');
}
