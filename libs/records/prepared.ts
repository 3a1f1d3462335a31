import { createHash } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import type { Schema } from './schema.js';

/** A text that came so often comes again. */
const PREPARED_FROM = 3;
/**
 * Prepared statements stay with their connection; the product has about a hundred that run again and again.
 */
const PREPARED_MAX = 300;
const SEEN_MAX = 2_000;

/** What may be prepared at all: not BEGIN, not a setting, not a migration. */
const DATA = /^\s*(select|insert|update|delete|with)\b/i;
/**
 * Not what answers with every column there is: a migration in another process would change that answer, and
 * PostgreSQL then refuses the statement until its connection ends.
 */
const ANSWERS_ALL = /^select\s+("\w+"\.)?\*|^with\b.*\)\s*select\s+("\w+"\.)?\*|\breturning\s+("\w+"\.)?\*/is;

const names = new Map<string, string>();
const seen = new Map<string, number>();

/**
 * The name under which a connection prepares a statement that runs again and again, by its text: it is spared
 * the planning, a third to a half of a small statement's time. Null = it is planned anew.
 */
export function preparedName(text: string): string | null {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= PREPARED_MAX) return null;
  const times = (seen.get(text) ?? 0) + 1;
  if (times < PREPARED_FROM) {
    if (seen.size >= SEEN_MAX) seen.clear();
    seen.set(text, times);
    return null;
  }
  seen.delete(text);
  if (!DATA.test(text) || ANSWERS_ALL.test(text.trimStart())) return null;
  const name = `lw_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/**
 * A statement that runs for every event, by its text with `$1`, `$2`…: spared Kysely's assembling. Keep the
 * planner from seeing how long a list is (a list as JSON, say): else it plans for each call's very values as
 * long as that looks cheaper, and planning costs more than running.
 */
export function preparedStatement<Row>(
  text: string,
): (db: Kysely<Schema>, values: readonly unknown[]) => Promise<readonly Row[]> {
  return async (db, values) => {
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
    return rows;
  };
}
