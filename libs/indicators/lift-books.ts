import { type Kysely, sql } from 'kysely';
import { readFleetBooks } from '#fleet';
import type { Schema } from '#records';
import type { Interval, LiftBook } from './spans.js';

/** The fleet's books of these lifts with our own of registered stops. */
export async function readLiftBooks(
  db: Kysely<Schema>,
  lifts: readonly string[],
): Promise<readonly LiftBook[]> {
  const books = await readFleetBooks(db, lifts);
  const { rows } = await sql<Interval & { readonly lift: string }>`
    select lift, round(extract(epoch from from_at) * 1000)::bigint as from,
      round(extract(epoch from to_at) * 1000)::bigint as to
    from lift_out_of_service where lift = any(${lifts}::text[]) order by lift, from_at`.execute(db);
  return books.map((book) => ({ ...book, stops: rows.filter(({ lift }) => lift === book.lift) }));
}
