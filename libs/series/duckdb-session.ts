import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBValue,
} from '@duckdb/node-api';
import { FAULT_TABLE, faultValues, UPSERT_FAULT } from './fault-table.js';
import { numeric, SAMPLE_COLUMNS } from './sample-columns.js';
import type { FaultPoint } from './series.store.js';

const SCHEMA_VERSION = 1;

const COLUMN_TYPES = SAMPLE_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');

const MIGRATION = `
  CREATE TABLE IF NOT EXISTS series_schema (version INTEGER NOT NULL);
  INSERT INTO series_schema SELECT ${SCHEMA_VERSION} WHERE NOT EXISTS (FROM series_schema);
  CREATE TABLE IF NOT EXISTS lift_sample (${COLUMN_TYPES});
  ${FAULT_TABLE};
  CREATE TABLE IF NOT EXISTS series_position (position BIGINT NOT NULL);
  INSERT INTO series_position SELECT 0 WHERE NOT EXISTS (FROM series_position);
`;

export interface DuckDbLimits {
  /** As DuckDB writes it, e.g. `512MB`. */
  readonly memoryLimit: string;
  readonly threads: number;
  /** Size of the write-ahead log at which it is merged into the file, e.g. `64MB`. */
  readonly walAutocheckpoint: string;
}

export type Row = Readonly<Record<string, DuckDBValue>>;

/**
 * One open database file: a connection that writes, and one that reads, so that a long query delays no
 * commit. Calls to {@link commit} must not overlap.
 */
export class DuckDbSession {
  private readonly reads = new Set<Promise<unknown>>();
  private savePosition: DuckDBPreparedStatement | null = null;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly writer: DuckDBConnection,
    private readonly reader: DuckDBConnection,
  ) {}

  /** Opens and migrates `file`, made with its folder when missing. Rejects with DuckDB's error. */
  static async open(file: string, limits: DuckDbLimits): Promise<DuckDbSession> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(file, {
      // Otherwise a query could reach for the network (PITFALLS 36).
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      memory_limit: limits.memoryLimit,
      threads: String(limits.threads),
      wal_autocheckpoint: limits.walAutocheckpoint,
      // A checkpoint would compress the groups of those before again, to fill them up: rests of up to a
      // second, and 6–8 µs a row instead of 3 (decision 0019).
      max_vacuum_tasks: '0',
    });
    try {
      const session = new DuckDbSession(instance, await instance.connect(), await instance.connect());
      await session.writer.run(MIGRATION);
      const version = numeric(
        (await session.query('SELECT max(version) AS version FROM series_schema'))[0]?.version,
      );
      if (version !== SCHEMA_VERSION) {
        throw new Error(
          `it has schema version ${version}, this version of Liftwarden knows ${SCHEMA_VERSION}`,
        );
      }
      return session;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** Stores samples and position in one transaction, or neither. */
  async commit(chunks: readonly DuckDBDataChunk[], position: number): Promise<void> {
    await this.transaction(async () => {
      if (chunks.length > 0) await this.appendChunks(chunks);
      this.savePosition ??= await this.writer.prepare('UPDATE series_position SET position = $1');
      this.savePosition.bindBigInt(1, BigInt(position));
      await this.savePosition.run();
    });
  }

  /** Stores all faults in one transaction, or none; the last of one id stays. Rejects as {@link commit}. */
  async commitFaults(faults: readonly FaultPoint[]): Promise<void> {
    const byId = new Map(faults.map((fault) => [fault.id, fault]));
    if (byId.size === 0) return;
    await this.transaction(async () => {
      const upsert = await this.writer.prepare(UPSERT_FAULT);
      try {
        for (const fault of byId.values()) {
          upsert.bind(faultValues(fault));
          await upsert.run();
        }
      } finally {
        upsert.destroySync();
      }
    });
  }

  private async transaction(work: () => Promise<void>): Promise<void> {
    await this.writer.run('BEGIN TRANSACTION');
    try {
      await work();
    } catch (error) {
      await this.rollback();
      throw error;
    }
    try {
      await this.writer.run('COMMIT');
    } catch (error) {
      await this.rollback();
      throw new UnsureCommitError(String(error), { cause: error });
    }
  }

  async position(): Promise<number> {
    return numeric((await this.query('SELECT position FROM series_position'))[0]?.position) ?? 0;
  }

  async query(sql: string): Promise<readonly Row[]> {
    const run = this.reader.runAndReadAll(sql);
    this.reads.add(run);
    try {
      return (await run).getRowObjects();
    } finally {
      this.reads.delete(run);
    }
  }

  /**
   * A query that may take long, on a connection of its own, so that `signal` interrupts it and no other.
   * Rejects with the signal's reason then.
   */
  async ask(sql: string, values: readonly DuckDBValue[], signal: AbortSignal): Promise<readonly Row[]> {
    signal.throwIfAborted();
    const connection = await this.instance.connect();
    const interrupt = () => connection.interrupt();
    signal.addEventListener('abort', interrupt);
    const run = connection.runAndReadAll(sql, [...values]);
    this.reads.add(run);
    try {
      return (await run).getRowObjects();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.reads.delete(run);
      connection.disconnectSync();
    }
  }

  /**
   * Merges the write-ahead log off this thread, so that the close, which is synchronous, has nothing to do.
   */
  async close(): Promise<void> {
    await this.writer.run('CHECKPOINT').catch(() => {
      // A database that failed refuses it; the log is merged at the next open.
    });
    await this.abandon();
  }

  /**
   * Closes without a last word, after a fatal error. Waits for queries: their connection must outlive them.
   */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.reads);
    this.savePosition?.destroySync();
    this.reader.disconnectSync();
    this.writer.disconnectSync();
    this.instance.closeSync();
  }

  private async appendChunks(chunks: readonly DuckDBDataChunk[]): Promise<void> {
    const appender = await this.writer.createAppender('lift_sample');
    try {
      for (const chunk of chunks) {
        appender.appendDataChunk(chunk);
        // Others get their turn between two long steps.
        await nextTurn();
      }
      appender.closeSync();
    } catch (error) {
      discard(appender);
      throw error;
    }
  }

  private async rollback(): Promise<void> {
    await this.writer.run('ROLLBACK').catch(() => {
      // DuckDB has rolled back by itself, or the database is invalid: the caller's error says which.
    });
  }
}

/** COMMIT failed: whether the batch is stored can only be seen by reading the position. */
export class UnsureCommitError extends Error {
  override readonly name = 'UnsureCommitError';
}

/** An appender that is forgotten would flush its rows when it is collected. */
function discard(appender: DuckDBAppender): void {
  try {
    appender.clear();
    appender.closeSync();
  } catch {
    // It holds nothing, or is closed already.
  }
}
