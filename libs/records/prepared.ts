import { createHash } from 'node:crypto';
import { sql } from 'kysely';

/** Prepared statements stay with their connection: the marked texts are some thirty. */
const PREPARED_MAX = 200;
const MARK = '/* prepared */';

/**
 * Begins the text of a statement that runs for every event: each connection prepares it once and is spared
 * the planning, a third of such a statement's time. Not for one that answers `select *`: a migration in
 * another process would break it until this connection ends.
 */
export const PREPARED = sql.raw(MARK);

const names = new Map<string, string>();

/** The name a marked statement is prepared under, by its text; null = it is planned anew each time. */
export function preparedName(text: string): string | null {
  if (!text.startsWith(MARK)) return null;
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= PREPARED_MAX) return null;
  const name = `lw_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}
