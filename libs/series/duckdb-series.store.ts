import { DuckDbHistory } from './duckdb-history.js';
import { DuckDbSession, UnsureCommitError } from './duckdb-session.js';
import { noteNewest } from './newest-points.js';
import { SampleChunks } from './sample-chunk.js';
import { numeric, pointFromRow, SAMPLE_COLUMNS, text } from './sample-columns.js';
import { SampleRows } from './sample-rows.js';
import {
  type AppendResult,
  type FaultPoint,
  type SeriesBatch,
  type SeriesPoint,
  SeriesStore,
  type SourceCount,
  storedBy,
} from './series.store.js';

export interface DuckDbSeriesOptions {
  /** Database file; it and its folder are made when missing. One process at a time. */
  readonly file: string;
  /**
   * Memory that DuckDB may use; default `192MB`. A flood uses it up, as blocks that were written stay until
   * then (decision 0019).
   */
  readonly memoryLimit?: string;
  /** DuckDB's own threads; default 2. */
  readonly threads?: number;
  /** Size of the write-ahead log at which it is merged into the file; default `16MB`. */
  readonly walAutocheckpoint?: string;
}

const COLUMN_NAMES = SAMPLE_COLUMNS.map(({ name }) => `s.${name}`).join(', ');

/**
 * The newest point of each lift: greatest `at`, and among equals the one appended last (`rowid` grows with
 * appends). Two aggregates and a join instead of a window: a window would sort the whole table.
 */
const LATEST = `
  WITH newest AS (SELECT lift, max(at_ms) AS at_ms FROM lift_sample GROUP BY lift),
  last_row AS (
    SELECT max(s.rowid) AS id
    FROM lift_sample s JOIN newest n ON n.lift = s.lift AND n.at_ms = s.at_ms GROUP BY s.lift
  )
  SELECT ${COLUMN_NAMES} FROM lift_sample s WHERE s.rowid IN (SELECT id FROM last_row)`;

/** It stores all of a batch or nothing, and keeps points of any age. */
const ALL_STORED = { ok: true, refused: [], outsideRetention: 0 } as const;

/**
 * The embedded series store. Points and the journal position commit in one DuckDB transaction, so a killed
 * process leaves both or neither. After a fatal error (a full disk, say) the file is opened again by the next
 * append.
 */
export class DuckDbSeriesStore extends SeriesStore {
  readonly history = new DuckDbHistory((...question) => this.reader().ask(...question));
  private session: DuckDbSession | null = null;
  private isOpen = false;
  private stored = 0;
  private newest = new Map<string, SeriesPoint>();
  private readonly chunks = new SampleChunks();
  /** Tail of the chain of writes: one connection holds one transaction. */
  private writes: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DuckDbSeriesOptions) {
    super();
  }

  async open(): Promise<void> {
    if (this.isOpen) throw new Error(`Series store ${this.options.file} was opened before.`);
    try {
      await this.connect();
    } catch (error) {
      throw new Error(
        `Series store ${this.options.file} cannot be opened: ${messageOf(error)}. Check that the path may ` +
          'be written, that no other process has it open, and that the same version made it.',
        { cause: error },
      );
    }
    this.isOpen = true;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.writes;
    const { session } = this;
    this.session = null;
    await session?.close();
  }

  async position(): Promise<number> {
    this.checkOpen();
    return this.stored;
  }

  begin(): SeriesBatch {
    const rows = new SampleRows(this.chunks);
    return storedBy(rows, (position) => this.append(rows, position));
  }

  async latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>> {
    this.checkOpen();
    const found = new Map<string, SeriesPoint>();
    for (const lift of lifts) {
      const point = this.newest.get(lift);
      if (point !== undefined) found.set(lift, point);
    }
    return found;
  }

  async count(): Promise<number> {
    const [row] = await this.query('SELECT count(*) AS points FROM lift_sample');
    return numeric(row?.points) ?? 0;
  }

  /**
   * For verification: what is stored of each boot of each terminal, ordered by both. Reads the whole table.
   */
  async verifyCounts(): Promise<readonly SourceCount[]> {
    const rows = await this.query(`
      SELECT terminal, boot, count(*) AS points, count(DISTINCT seq) AS seqs
      FROM lift_sample GROUP BY terminal, boot ORDER BY terminal, boot`);
    return rows.map((row) => ({
      terminal: text(row.terminal) ?? '',
      boot: text(row.boot),
      points: numeric(row.points) ?? 0,
      distinctSeqs: numeric(row.seqs) ?? 0,
    }));
  }

  /** One row a fault, by its id; a fault written before is replaced. All of the batch or nothing. */
  writeFaults(faults: readonly FaultPoint[]): Promise<AppendResult> {
    this.checkOpen();
    const run = this.writes.then(() => this.writeFaultsNow(faults));
    this.writes = run.catch(() => {});
    return run;
  }

  async countFaults(): Promise<number> {
    const [row] = await this.query('SELECT count(*) AS faults FROM lift_fault');
    return numeric(row?.faults) ?? 0;
  }

  private async connect(): Promise<DuckDbSession> {
    const { file, memoryLimit = '192MB', threads = 2, walAutocheckpoint = '16MB' } = this.options;
    const session = await DuckDbSession.open(file, { memoryLimit, threads, walAutocheckpoint });
    try {
      this.stored = await session.position();
      const newest = new Map<string, SeriesPoint>();
      for (const row of await session.query(LATEST)) {
        const point = pointFromRow(row);
        newest.set(point.lift, point);
      }
      this.newest = newest;
    } catch (error) {
      await session.abandon();
      throw error;
    }
    this.session = session;
    return session;
  }

  /**
   * As the port says. A batch whose position is the stored one is taken for a repetition of the last batch
   * (its answer may have been lost) and is not stored again; throws RangeError for a position below.
   * `retryable` is false for a point that cannot be stored: the message names the field and the value.
   */
  private append(rows: SampleRows, position: number): Promise<AppendResult> {
    this.checkOpen();
    const run = this.writes.then(() => this.appendNow(rows, position));
    this.writes = run.catch(() => {});
    return run;
  }

  private async appendNow(rows: SampleRows, position: number): Promise<AppendResult> {
    try {
      const session = this.session ?? (await this.connect());
      if (rows.size > 0 && position < 1) throw new PositionError('Points need a position of at least 1.');
      if (position === this.stored) return ALL_STORED;
      if (!Number.isSafeInteger(position) || position < this.stored) {
        throw new PositionError(`Position ${position} is not after the stored position ${this.stored}.`);
      }
      await session.commit(rows.all(), position);
    } catch (error) {
      return await this.failed(error);
    }
    this.stored = position;
    for (const point of rows.newest.values()) noteNewest(this.newest, point);
    return ALL_STORED;
  }

  private async writeFaultsNow(faults: readonly FaultPoint[]): Promise<AppendResult> {
    try {
      const session = this.session ?? (await this.connect());
      await session.commitFaults(faults);
    } catch (error) {
      return await this.failed(error);
    }
    return ALL_STORED;
  }

  private async failed(error: unknown): Promise<Extract<AppendResult, { ok: false }>> {
    if (error instanceof PositionError) throw error;
    const message = `Series store ${this.options.file}: ${messageOf(error)}`;
    if (error instanceof RangeError) return { ok: false, retryable: false, message };
    if (error instanceof UnsureCommitError || isFatal(error)) {
      // Opened again by the next append, which sees by the position whether this batch is stored.
      const { session } = this;
      this.session = null;
      await session?.abandon();
    }
    return { ok: false, retryable: true, message };
  }

  private async query(sql: string) {
    return this.reader().query(sql);
  }

  private reader(): DuckDbSession {
    this.checkOpen();
    if (this.session === null) {
      throw new Error(`Series store ${this.options.file} is being opened again; try later.`);
    }
    return this.session;
  }

  private checkOpen(): void {
    if (!this.isOpen) throw new Error(`Series store ${this.options.file} is not open.`);
  }
}

/** A programmer error: thrown, not answered. */
class PositionError extends RangeError {}

/** DuckDB refuses everything after such an error until the file is opened again. */
function isFatal(error: unknown): boolean {
  return /FATAL|invalidated/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
