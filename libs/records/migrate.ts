import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';

/** One step of the schema: plain SQL that both PostgreSQL and PGlite run, in its own transaction. */
export interface Migration {
  /** Four digits and a title, e.g. `0001-initial`; ascending. */
  readonly name: string;
  readonly sql: string;
}

/** Two processes that start together must not migrate together: any number no other lock uses. */
const MIGRATION_LOCK = 7_236_001;

const CREATE_TABLE = `create table if not exists migration (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null
)`;

/**
 * Applies what is missing, each migration once and in its own transaction. Returns the names applied now.
 * Throws when the database has a migration that this program does not know (it was opened by a newer
 * version), or knows with another text.
 */
export async function migrate(
  client: ClientBase,
  migrations: readonly Migration[],
  now: () => number,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (;;) {
    const name = await inTransaction(client, () => applyNext(client, migrations, now));
    if (name === null) return done;
    done.push(name);
  }
}

async function applyNext(
  client: ClientBase,
  migrations: readonly Migration[],
  now: () => number,
): Promise<string | null> {
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await client.query(CREATE_TABLE);
  const applied = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migration order by name',
  );
  refuseForeign(applied.rows, migrations);
  const next = migrations[applied.rows.length];
  if (next === undefined) return null;
  await client.query(next.sql);
  await client.query('insert into migration (name, checksum, applied_at) values ($1, $2, $3)', [
    next.name,
    checksumOf(next),
    new Date(now()),
  ]);
  return next.name;
}

function refuseForeign(
  applied: readonly { name: string; checksum: string }[],
  migrations: readonly Migration[],
): void {
  for (const [index, row] of applied.entries()) {
    const known = migrations[index];
    if (known === undefined || known.name !== row.name) {
      throw new Error(
        `The records database has migration "${row.name}", which this version does not know: ` +
          'start the version that last opened it, or a newer one.',
      );
    }
    if (checksumOf(known) !== row.checksum) {
      throw new Error(
        `Migration "${row.name}" was applied with another text (checksum ${row.checksum.slice(0, 12)}…): ` +
          'restore the published text and add a new migration for the change.',
      );
    }
  }
}

/** Of the text with LF line ends, so that a checkout with CRLF is the same migration. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n')).digest('hex');
}

async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
