import type { Lsn } from '#journal';
import type { Records, Tx } from '#records';

/** The stored position of a reader whose store is the records database; 0 = it has committed nothing. */
export async function readPosition(records: Records, reader: string): Promise<Lsn> {
  const row = await records.db
    .selectFrom('journal_position')
    .select('position')
    .where('reader', '=', reader)
    .executeTakeFirst();
  return row?.position ?? 0;
}

/** Locks and answers the position within the transaction that is about to advance it. */
export async function lockPosition(tx: Tx, reader: string): Promise<Lsn> {
  const row = await tx
    .selectFrom('journal_position')
    .select('position')
    .where('reader', '=', reader)
    .forUpdate()
    .executeTakeFirst();
  return row?.position ?? 0;
}

export async function writePosition(tx: Tx, reader: string, position: Lsn): Promise<void> {
  await tx
    .insertInto('journal_position')
    .values({ reader, position })
    .onConflict((conflict) => conflict.column('reader').doUpdateSet({ position }))
    .execute();
}
