import { createHash } from 'node:crypto';
import type { JournalBatch, MessageEntry } from '#journal';
import { type Records, storableText, type Tx } from '#records';
import type { IngestMetrics } from './ingest-metrics.js';
import { lockPosition, writePosition } from './reader-position.js';

/** Name of the reader whose position commits with the quarantine. */
export const QUARANTINE_READER = 'quarantine';

const HOUR_MS = 3_600_000;
const KEPT_PER_SOURCE_AND_HOUR = 100;
const KEPT_PER_HOUR = 10_000;
const BODY_BYTES_MAX = 64 * 1024;

interface Refused {
  readonly lsn: number;
  readonly entry: MessageEntry;
  readonly refusal: NonNullable<MessageEntry['refusal']>;
}

interface KeptOfHour {
  readonly bySource: Map<string, number>;
  all: number;
}

/**
 * Puts what could not be used where people can look at it (DESIGN "Records"): the first 100 per terminal,
 * reason and hour, 10,000 an hour in all; the rest is counted. A body over 64 KiB is kept as its head, length
 * and hash.
 */
export class QuarantineWriter {
  constructor(
    private readonly records: Records,
    private readonly metrics: IngestMetrics,
  ) {}

  /** Answers whether there was anything to keep. */
  async commit(batch: JournalBatch): Promise<boolean> {
    const refused: Refused[] = [];
    for (const { lsn, entry } of batch.entries) {
      if (entry.kind === 'message' && entry.refusal !== null)
        refused.push({ lsn, entry, refusal: entry.refusal });
    }
    if (refused.length === 0) return false;
    const notKept = await this.records.write(async (tx) => {
      const position = await lockPosition(tx, QUARANTINE_READER);
      const uncommitted = refused.filter(({ lsn }) => lsn > position);
      const { kept, left } = await this.chosen(tx, uncommitted);
      if (kept.length > 0) await tx.insertInto('quarantine').values(kept.map(rowOf)).execute();
      await writePosition(tx, QUARANTINE_READER, batch.last);
      return { result: left, events: [] };
    });
    for (const { refusal } of notKept) this.metrics.quarantineNotKept.inc({ reason: refusal.reason });
    return true;
  }

  /** By what the table holds, so that a restart does not begin the hour anew. */
  private async chosen(tx: Tx, refused: readonly Refused[]): Promise<{ kept: Refused[]; left: Refused[] }> {
    const kept: Refused[] = [];
    const left: Refused[] = [];
    const hours = new Map<number, KeptOfHour>();
    for (const each of refused) {
      const { receivedAt, source } = each.entry;
      const hour = Math.floor(receivedAt / HOUR_MS);
      const count = hours.get(hour) ?? (await keptOfHour(tx, hour));
      hours.set(hour, count);
      const key = sourceKey(source.terminal, each.refusal.reason);
      const ofSource = count.bySource.get(key) ?? 0;
      if (ofSource >= KEPT_PER_SOURCE_AND_HOUR || count.all >= KEPT_PER_HOUR) {
        left.push(each);
        continue;
      }
      count.bySource.set(key, ofSource + 1);
      count.all += 1;
      kept.push(each);
    }
    return { kept, left };
  }
}

async function keptOfHour(tx: Tx, hour: number): Promise<KeptOfHour> {
  const rows = await tx
    .selectFrom('quarantine')
    .select(['terminal', 'reason', (eb) => eb.fn.countAll<number>().as('kept')])
    .where('received_at', '>=', new Date(hour * HOUR_MS))
    .where('received_at', '<', new Date((hour + 1) * HOUR_MS))
    .groupBy(['terminal', 'reason'])
    .execute();
  const bySource = new Map(rows.map(({ terminal, reason, kept }) => [sourceKey(terminal, reason), kept]));
  return { bySource, all: rows.reduce((sum, { kept }) => sum + kept, 0) };
}

function sourceKey(terminal: string | null, reason: string): string {
  return `${terminal === null ? '' : storableText(terminal)}\n${reason}`;
}

function rowOf({ lsn, entry, refusal }: Refused) {
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
