import { sql } from 'kysely';
import type { NewLogEvent, Tx } from '#records';
import type { WriteMode } from './decide-lift.js';

/** The books that hold an id and a name only. */
export const NAMED_BOOKS = {
  district: { table: 'district', key: 'code', events: ['district.registered', 'district.changed'] },
  firm: { table: 'firm', key: 'id', events: ['firm.registered', 'firm.changed'] },
  user: { table: 'lift_user', key: 'id', events: ['user.registered', 'user.changed'] },
} as const;
export type NamedBook = keyof typeof NAMED_BOOKS;

export interface NamedWant {
  /** Code of a district, id of a firm or user. */
  readonly id: string;
  readonly name: string;
  /** Versions the caller has read; null = whatever is there. */
  readonly versions: ReadonlySet<number> | null;
}

export interface NamedRefusal {
  readonly field: 'id';
  readonly code: 'exists' | 'unknown-id' | 'version-differs';
  readonly message: string;
}

export type NamedOutcome =
  | { readonly outcome: 'registered' | 'changed' | 'unchanged'; readonly version: number }
  | { readonly outcome: 'refused'; readonly refusal: NamedRefusal };

/** Registers or renames up to 500 different rows of one book. `by` names the caller in the events. */
export async function writeNamed(
  tx: Tx,
  book: NamedBook,
  wants: readonly NamedWant[],
  mode: WriteMode,
  by: string,
): Promise<{ readonly outcomes: readonly NamedOutcome[]; readonly events: readonly NewLogEvent[] }> {
  const { table, key, events } = NAMED_BOOKS[book];
  const ids = wants.map(({ id }) => id);
  const { rows } = await sql<{ id: string; name: string; version: number }>`
    select ${sql.ref(key)} as id, name, version from ${sql.table(table)}
    where ${sql.ref(key)} = any(${ids}::text[]) order by 1 for update`.execute(tx);
  const stored = new Map(rows.map((row) => [row.id, row]));
  const outcomes = wants.map((want) => decideNamed(book, want, stored.get(want.id) ?? null, mode));
  const written = wants.filter((_want, place) =>
    ['registered', 'changed'].includes(outcomes[place]?.outcome ?? ''),
  );
  if (written.length > 0) {
    await sql`
      insert into ${sql.table(table)} (${sql.ref(key)}, name)
      select id, name from unnest(${written.map(({ id }) => id)}::text[],
        ${written.map(({ name }) => name)}::text[]) as new (id, name) order by id
      on conflict (${sql.ref(key)}) do update
        set name = excluded.name, version = ${sql.table(table)}.version + 1`.execute(tx);
  }
  return {
    outcomes,
    events: written.map(({ id, name }): NewLogEvent => {
      const before = stored.get(id);
      return {
        type: events[before === undefined ? 0 : 1],
        lift: null,
        district: book === 'district' ? id : null,
        firm: book === 'firm' ? id : null,
        data: { by, id, name, ...(before && { before: before.name }) },
      };
    }),
  };
}

function decideNamed(
  book: NamedBook,
  want: NamedWant,
  stored: { readonly name: string; readonly version: number } | null,
  mode: WriteMode,
): NamedOutcome {
  const refuse = (code: NamedRefusal['code'], message: string): NamedOutcome => ({
    outcome: 'refused',
    refusal: { field: 'id', code, message },
  });
  if (stored === null) {
    if (mode === 'change') return refuse('unknown-id', `${book} "${want.id}" is not registered`);
    return { outcome: 'registered', version: 1 };
  }
  if (mode === 'register') return refuse('exists', `${book} "${want.id}" exists already`);
  if (want.versions !== null && !want.versions.has(stored.version))
    return refuse('version-differs', `${book} "${want.id}" has changed meanwhile`);
  if (stored.name === want.name) return { outcome: 'unchanged', version: stored.version };
  return { outcome: 'changed', version: stored.version + 1 };
}
