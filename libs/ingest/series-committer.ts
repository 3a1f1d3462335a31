import { Logger } from '@nestjs/common';
import { type Journal, type JournalBatch, JournalFullError, type Lsn, type MessageEntry } from '#journal';
import type { Clock } from '#runtime';
import type { BatchSource, Refused, SeriesBatch, SeriesPoint, SeriesStore } from '#series';
import type { IngestMetrics } from './ingest-metrics.js';
import { KeepTrying } from './keep-trying.js';
import { readNow } from './read-now.js';
import { seriesPoints } from './series-points.js';

/** Name of the journal's reader for the series. */
export const SERIES_READER = 'series';
/** So many points do not wait for more. */
export const BATCH_POINTS = 10_000;
/**
 * Others wait so long for their likes: stores work lift by lift, and five points of a lift at a time cost
 * InfluxDB 31 µs each, one at a time 45. Alarms come from detection and wait for none of it.
 */
const LINGER_MS = 1_000;
/** Points made ready ahead of the store, some 20 MB; beyond it the journal keeps what comes. */
const WAITING_MAX = 50_000;
const DETAIL_CHARACTERS_MAX = 500;

export interface SeriesCommitterParts {
  readonly series: SeriesStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  /** Called when more is stored, or when it cannot be. */
  readonly changed: () => void;
}

/** A batch and the entries it is of. */
interface Filling {
  readonly batch: SeriesBatch;
  /** The last entry before it, and its own last. */
  readonly after: Lsn;
  last: Lsn;
  readonly begunAtMs: number;
  /** Of each point, to know it again. */
  readonly ordinals: number[];
}

/** A batch read again: null for what the disk no longer gives. */
interface Reread {
  readonly points: readonly (SeriesPoint | null)[];
  /** The message of each point. */
  readonly entries: readonly (MessageEntry | null)[];
}

/**
 * Stores the samples of what the journal's reader takes, behind it: points are made ready for the store at
 * once, one batch while the one before is on its way, so that no decoded message waits for a store.
 */
export class SeriesCommitter {
  private readonly log = new Logger('Series committer');
  private readonly stopping = new AbortController();
  private readonly trying: KeepTrying;
  private filling: Filling | null = null;
  private storing: Filling | null = null;
  private committedLsn: Lsn = 0;
  private busy = false;
  private running: Promise<void> = Promise.resolve();
  private hurry: () => void = () => undefined;
  private room: () => void = () => undefined;

  constructor(private readonly parts: SeriesCommitterParts) {
    const { clock, metrics, changed } = parts;
    const { signal } = this.stopping;
    this.trying = new KeepTrying({
      ...{ reader: SERIES_READER, log: this.log, clock, metrics, stopping: signal, failed: changed },
    });
  }

  /** LSN of the last entry whose samples are stored. */
  get committed(): Lsn {
    return this.committedLsn;
  }

  /** Why it does not get on; null while it does. */
  get trouble(): string | null {
    return this.trying.trouble;
  }

  start(position: Lsn): void {
    this.committedLsn = position;
  }

  /** Resolves when the samples are ready for the store: at once, or when there is room. */
  async take(entries: JournalBatch): Promise<void> {
    const { series, clock, metrics } = this.parts;
    this.filling ??= {
      batch: series.begin(),
      after: this.storing?.last ?? this.committedLsn,
      last: entries.last,
      begunAtMs: clock.monotonicMs(),
      ordinals: [],
    };
    const { batch, ordinals } = this.filling;
    const { points } = seriesPoints(entries);
    batch.add(points);
    for (const { ordinal } of points) ordinals.push(ordinal ?? -1);
    this.filling.last = entries.last;
    metrics.seriesWaiting.set(batch.size);
    if (batch.size >= BATCH_POINTS) this.hurry();
    if (!this.busy) this.running = this.run();
    while (this.filling?.batch === batch && batch.size >= WAITING_MAX && !this.stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.room = resolve;
      });
    }
  }

  /** Finishes the batch on its way, and stores what waits if the store takes it now. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.hurry();
    this.room();
    await this.running;
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.filling !== null) {
      await this.untilRipe(this.filling);
      const { filling } = this;
      this.filling = null;
      this.storing = filling;
      this.parts.metrics.seriesWaiting.set(0);
      this.room();
      const stored = await this.trying.until(`store samples up to ${filling.last}`, async () => {
        await this.store(filling);
        return true;
      });
      // Stopped: the journal has it.
      if (stored === null) return;
      this.committedLsn = filling.last;
      this.storing = null;
      this.parts.changed();
    }
    this.busy = false;
  }

  private async untilRipe({ batch, begunAtMs }: Filling): Promise<void> {
    const { clock } = this.parts;
    const { signal } = this.stopping;
    const waitMs = begunAtMs + LINGER_MS - clock.monotonicMs();
    if (waitMs <= 0 || batch.size >= BATCH_POINTS || signal.aborted) return;
    const early = new AbortController();
    this.hurry = () => early.abort();
    await clock.sleep(waitMs, early.signal);
    this.hurry = () => undefined;
  }

  /**
   * Rejects when the store takes nothing now. A point that it will never take is left out, counted, and its
   * message put into quarantine: it must not stop every lift's samples, and then the journal.
   */
  private async store(filling: Filling): Promise<void> {
    let again: Promise<Reread> | null = null;
    const reread = () => {
      again ??= this.reread(filling);
      return again;
    };
    const source: BatchSource = {
      keepRefused: async (refused) => this.keep(await reread(), refused),
      reread: async () => (await reread()).points,
    };
    const result = await filling.batch.store(filling.last, source);
    if (!result.ok) throw new Error(result.message);
  }

  /** From the journal, which lets no entry go that is not stored. */
  private async reread({ ordinals, after, last }: Filling): Promise<Reread> {
    const points: (SeriesPoint | null)[] = ordinals.map(() => null);
    const entries: (MessageEntry | null)[] = ordinals.map(() => null);
    const places = new Map(ordinals.map((ordinal, place) => [ordinal, place]));
    const reader = this.parts.journal.reader(after);
    try {
      while (reader.position < last) {
        const batch = await readNow(reader);
        if (batch === null) continue;
        const found = seriesPoints(batch);
        for (const [index, point] of found.points.entries()) {
          const place = places.get(point.ordinal ?? -1);
          if (place === undefined) continue;
          points[place] = point;
          entries[place] = found.entries[index] ?? null;
        }
      }
    } finally {
      await reader.close();
    }
    return { points, entries };
  }

  /**
   * Through the journal, because the database may be stopped: the message again, now as a refused one, which
   * the quarantine writer comes to in its time. Killed before the position is saved, it is there twice.
   */
  private async keep(of: Reread, refused: readonly Refused[]): Promise<void> {
    const { metrics, journal } = this.parts;
    metrics.seriesRefused.inc(refused.length);
    metrics.quarantined.inc({ reason: 'series-refused' }, refused.length);
    const entries = refusedMessages(of, refused);
    const [first] = entries;
    if (first === undefined) return;
    const { terminal, lift } = first.source;
    this.log.error(
      `The series store refused ${refused.length} points for good, of ${entries.length} messages; see the ` +
        `quarantine. The first, of terminal ${terminal} on lift ${lift}: ${first.refusal?.detail}`,
    );
    try {
      await journal.append(entries);
    } catch (error) {
      // Waiting for room would be waiting for this very reader, which alone makes room.
      if (!(error instanceof JournalFullError)) throw error;
      this.log.error(`The journal is full: ${entries.length} refused messages are not in the quarantine.`);
    }
  }
}

/** One entry a message, however many of its samples were refused. */
function refusedMessages({ entries }: Reread, refused: readonly Refused[]): MessageEntry[] {
  const reasons = new Map<MessageEntry, string[]>();
  for (const { index, reason } of refused) {
    const entry = entries[index];
    if (entry) reasons.set(entry, [...(reasons.get(entry) ?? []), reason]);
  }
  return [...reasons].map(([entry, [first = '', ...more]]) => {
    const detail = (more.length === 0 ? first : `${more.length + 1} samples, the first: ${first}`).slice(
      0,
      DETAIL_CHARACTERS_MAX,
    );
    return { ...withoutMemo(entry), duplicates: [], refusal: { reason: 'series-refused', detail } };
  });
}

/** The memo holds the message decoded, as good: no reader may go by it any more. */
function withoutMemo({ memo: _, ...entry }: MessageEntry): MessageEntry {
  return entry;
}
