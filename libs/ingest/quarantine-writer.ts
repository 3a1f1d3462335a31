import { createHash } from 'node:crypto';
import type { JournalBatch, MessageEntry } from '#journal';
import { type Records, storableText } from '#records';
import type { IngestMetrics } from './ingest-metrics.js';
import { lockPosition, writePosition } from './reader-position.js';

/** Name of the reader whose position commits with the quarantine. */
export const QUARANTINE_READER = 'quarantine';

const HOUR_MS = 3_600_000;
const KEPT_PER_SOURCE_AND_HOUR = 100;
const KEPT_PER_HOUR = 10_000;
const BODY_BYTES_MAX = 64 * 1024;

/**
 * Puts what could not be used where people can look at it (DESIGN "Records"): the first 100 per terminal, reason and
 * hour, 10,000 an hour in all; the rest is counted. A body over 64 KiB is kept as its head, length and hash.
 */
export class QuarantineWriter {
  private hour = 0;
  private keptThisHour = 0;
  private keptBySource = new Map<string, number>();

  constructor(
    private readonly records: Records,
    private readonly metrics: IngestMetrics,
  ) {}

  async commit(batch: JournalBatch): Promise<void> {
    const refused = batch.entries.flatMap(({ lsn, entry }) =>
      entry.kind === 'message' && entry.refusal !== null ? [{ lsn, entry, refusal: entry.refusal }] : [],
    );
    if (refused.length === 0) return;
    const limits = { hour: this.hour, kept: this.keptThisHour, bySource: new Map(this.keptBySource) };
    try {
      await this.write(refused, batch.last);
    } catch (error) {
      this.hour = limits.hour;
      this.keptThisHour = limits.kept;
      this.keptBySource = limits.bySource;
      throw error;
    }
  }

  private async write(
    refused: readonly { lsn: number; entry: MessageEntry; refusal: { reason: string; detail: string } }[],
    last: number,
  ): Promise<void> {
    await this.records.write(async (tx) => {
      const position = await lockPosition(tx, QUARANTINE_READER);
      const rows = refused
        .filter(({ lsn }) => lsn > position)
        .filter(({ entry, refusal }) => this.isKept(entry, refusal.reason))
        .map(({ lsn, entry, refusal }) => rowOf(lsn, entry, refusal));
      if (rows.length > 0) await tx.insertInto('quarantine').values(rows).execute();
      await writePosition(tx, QUARANTINE_READER, last);
      return { result: undefined, events: [] };
    });
  }

  private isKept(entry: MessageEntry, reason: string): boolean {
    const hour = Math.floor(entry.receivedAt / HOUR_MS);
    if (hour !== this.hour) {
      this.hour = hour;
      this.keptThisHour = 0;
      this.keptBySource.clear();
    }
    const source = `${entry.source.terminal ?? ''}\n${reason}`;
    const kept = this.keptBySource.get(source) ?? 0;
    if (kept >= KEPT_PER_SOURCE_AND_HOUR || this.keptThisHour >= KEPT_PER_HOUR) {
      this.metrics.quarantineNotKept.inc({ reason });
      return false;
    }
    this.keptBySource.set(source, kept + 1);
    this.keptThisHour += 1;
    return true;
  }
}

function rowOf(lsn: number, entry: MessageEntry, refusal: { reason: string; detail: string }) {
  const body = Buffer.from(entry.payload.buffer, entry.payload.byteOffset, entry.payload.byteLength);
  return {
    lsn,
    received_at: new Date(entry.receivedAt),
    terminal: entry.source.terminal === null ? null : storableText(entry.source.terminal),
    lift: entry.source.lift,
    district: entry.source.district,
    topic: storableText(entry.topic),
    reason: refusal.reason,
    detail: storableText(refusal.detail),
    body: body.subarray(0, BODY_BYTES_MAX),
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  };
}
