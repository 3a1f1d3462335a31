import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Clock, Interludes, Metrics } from '#runtime';
import { isLastStatement } from './append-events.js';
import { ThreadedPglite } from './threaded-pglite.js';
import { fewerTrips } from './transaction-trips.js';

/**
 * Longest wait for a connection. Under PGlite it turns a query outside the open transaction into an error.
 */
export const ACQUIRE_TIMEOUT_MS = 5_000;
/** A writing transaction lasts under a second by design (DESIGN "Event log"): this only stops a lost one. */
const STATEMENT_TIMEOUT_MS = 30_000;
const POSTGRES_CONNECTIONS_MAX = 10;
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** No connection could be had in time: nothing was done, so the caller may try again. */
export class RecordsUnavailable extends Error {
  readonly retryable = true;
}

/** An open engine: PostgreSQL, or PGlite in a folder, behind the same pool. */
export interface Engine {
  readonly pool: pg.Pool;
  /** Ends the pool, then the database itself when it runs in this process. */
  close(): Promise<void>;
}

/**
 * int8 as a number: ids, cursors and LSNs stay below 2^53. Only this pool is told, not the driver for
 * everyone.
 */
function columnTypes(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, (text: string) => Number(text));
  return types;
}

/** PostgreSQL by URL. The first connection is made on first use. */
export function openPostgres(databaseUrl: string, acquireTimeoutMs: number): Engine {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POSTGRES_CONNECTIONS_MAX,
    connectionTimeoutMillis: acquireTimeoutMs,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'liftwarden',
    pipeline: true,
    types: columnTypes(),
  });
  return { pool, close: () => pool.end() };
}

/**
 * PGlite in `folder`, in a thread of its own. One connection, kept for the life of the pool. Nothing guards
 * the folder against a second process (PITFALLS 35): the caller holds the lock of the data folder.
 */
export async function openPglite(
  folder: string,
  acquireTimeoutMs: number,
  interludes?: Interludes,
): Promise<Engine> {
  const database = new ThreadedPglite(folder, interludes);
  await database.open();
  const pool = new pg.Pool({
    stream: () => database.connect(),
    user: 'postgres',
    database: 'postgres',
    max: 1,
    pipeline: true,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: acquireTimeoutMs,
    types: columnTypes(),
  });
  return {
    pool,
    close: async () => {
      await pool.end();
      await database.close();
    },
  };
}

/**
 * The pool as Kysely sees it: waiting is measured, a wait in vain says what to look for, and connections make
 * fewer trips (`transaction-trips.ts`).
 */
export function measuredPool(pool: pg.Pool, clock: Clock, metrics: Metrics): PostgresPool {
  const waitSeconds = metrics.histogram(
    'liftwarden_records_pool_wait_seconds',
    'Time a query waited for a connection to the records database.',
    SECONDS,
  );
  const waiting = metrics.gauge(
    'liftwarden_records_pool_waiting',
    'Callers waiting for a connection to the records database.',
  );
  const refused = metrics.counter(
    'liftwarden_records_pool_timeouts_total',
    'Waits for a connection to the records database that ended without one.',
  );
  // One for the life of a connection: Kysely remembers each that it meets.
  const connections = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    connect: async () => {
      const began = clock.monotonicMs();
      const connecting = pool.connect();
      waiting.set(pool.waitingCount);
      try {
        const client = await connecting;
        const met = connections.get(client) ?? fewerTrips(client, isLastStatement);
        connections.set(client, met);
        return met;
      } catch (cause) {
        refused.inc();
        throw new RecordsUnavailable(
          `No connection to the records database within ${pool.options.connectionTimeoutMillis} ms: it is ` +
            'down or busy, or code inside write() queries Records.db instead of its transaction.',
          { cause },
        );
      } finally {
        waitSeconds.observe((clock.monotonicMs() - began) / 1_000);
        waiting.set(pool.waitingCount);
      }
    },
    end: () => pool.end(),
  };
}
