import { type RawBuilder, sql } from 'kysely';
import { inScope, type Principal } from '#access';
import { type BatchWriter, type RowOutcome, readFleetBooks } from '#fleet';
import { jsonText, type NewLogEvent, type Tx } from '#records';
import { BOOK_COLUMNS, type BookKind, type BookRow } from './book-kinds.js';

/** A table's columns by the fields of its book, with their types. */
interface BookTable {
  readonly table: string;
  readonly event: NewLogEvent['type'];
  readonly columns: Readonly<Record<string, readonly [column: string, type: string]>>;
  /** Of a field that the row leaves empty and the table must have. */
  readonly defaults: BookRow;
}

const TIME = 'timestamptz';

const BOOK_TABLES: Readonly<Record<BookKind, BookTable>> = {
  orders: {
    table: 'rescue_order',
    event: 'order.recorded',
    columns: {
      lift: ['lift', 'text'],
      kind: ['kind', 'text'],
      channel: ['channel', 'text'],
      calledAt: ['called_at', TIME],
      dispatchedAt: ['dispatched_at', TIME],
      answeredAt: ['answered_at', TIME],
      arrivedAt: ['arrived_at', TIME],
      freedAt: ['freed_at', TIME],
      calledBackAt: ['called_back_at', TIME],
      closedAt: ['closed_at', TIME],
      tier: ['tier', 'integer'],
      cause: ['cause', 'text'],
      method: ['method', 'text'],
      people: ['people', 'integer'],
    },
    defaults: { channel: 'other' },
  },
  inspections: {
    table: 'inspection',
    event: 'inspection.recorded',
    columns: { lift: ['lift', 'text'], inspectedOn: ['inspected_on', 'date'], passed: ['passed', 'boolean'] },
    defaults: {},
  },
  maintenance: {
    table: 'maintenance_record',
    event: 'maintenance.recorded',
    columns: {
      lift: ['lift', 'text'],
      kind: ['kind', 'text'],
      dueOn: ['due_on', 'date'],
      doneAt: ['done_at', TIME],
      firm: ['firm', 'text'],
      signed: ['signed', 'boolean'],
      byCard: ['by_card', 'boolean'],
    },
    defaults: { signed: 0, byCard: 0 },
  },
  'out-of-service': {
    table: 'lift_out_of_service',
    event: 'out-of-service.recorded',
    columns: {
      lift: ['lift', 'text'],
      fromAt: ['from_at', TIME],
      toAt: ['to_at', TIME],
      reason: ['reason', 'text'],
    },
    defaults: {},
  },
};

/**
 * The writer of at most 500 rows with different numbers. A row that says what is stored changes nothing and
 * makes no event, so that a file may be taken in twice. Rows of lifts beyond the caller's scope are refused
 * as if there were no such lift.
 */
export function bookWriter(book: BookKind, rows: readonly BookRow[], caller: Principal): BatchWriter {
  return async (tx, now) => {
    const table = BOOK_TABLES[book];
    const stored = await lockRows(tx, table, rows);
    const lifts = [...rows.map(({ lift }) => String(lift)), ...[...stored.values()].map(({ lift }) => lift)];
    const visible = await liftsInScope(tx, [...new Set(lifts)], caller);
    const outcomes = rows.map((row) =>
      judge(book, row, stored.get(String(row.number))?.lift ?? null, visible),
    );
    const good = rows.filter((_row, place) => outcomes[place] === null);
    const changed = await upsert(tx, table, good, now);
    return {
      outcomes: rows.map((row, place): RowOutcome => {
        const refused = outcomes[place];
        if (refused != null) return refused;
        const number = String(row.number);
        if (!changed.has(number)) return { outcome: 'unchanged' };
        return { outcome: stored.has(number) ? 'changed' : 'registered' };
      }),
      events: eventsOf(table, good, stored, changed, caller.label),
    };
  };
}

async function lockRows(
  tx: Tx,
  { table }: BookTable,
  rows: readonly BookRow[],
): Promise<ReadonlyMap<string, { readonly lift: string }>> {
  const numbers = rows.map(({ number }) => String(number));
  const found = await sql<{ number: string; lift: string }>`
    select number, lift from ${sql.table(table)} where number = any(${numbers}::text[]) order by number
    for update`.execute(tx);
  return new Map(found.rows.map((row) => [row.number, row]));
}

async function liftsInScope(
  tx: Tx,
  lifts: readonly string[],
  caller: Principal,
): Promise<ReadonlySet<string>> {
  const books = await readFleetBooks(tx, lifts);
  return new Set(
    books.flatMap(({ lift, periods }) => {
      const { district = null, firm = null } = periods.at(-1) ?? {};
      return inScope(caller, { district, firm }) ? [lift] : [];
    }),
  );
}

/** Null for a row that may be written. */
function judge(
  book: BookKind,
  row: BookRow,
  before: string | null,
  visible: ReadonlySet<string>,
): Extract<RowOutcome, { outcome: 'refused' }> | null {
  const refuse = (field: string, code: string, message: string) =>
    ({ outcome: 'refused', refusal: { field, code, message } }) as const;
  if (!visible.has(String(row.lift)))
    return refuse('lift', 'unknown-lift', `lift ${row.lift} is not registered, or not in your scope`);
  if (before !== null && !visible.has(before))
    return refuse('number', 'number-taken', `number ${row.number} is another lift's`);
  if (book === 'out-of-service' && row.toAt != null && String(row.toAt) <= String(row.fromAt))
    return refuse('toAt', 'ends-before', 'toAt must be after fromAt');
  return null;
}

/** Numbers of the rows that changed something. */
async function upsert(
  tx: Tx,
  { table, columns, defaults }: BookTable,
  rows: readonly BookRow[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const fields = Object.entries(columns);
  const list = (make: (column: string, field: string, type: string) => RawBuilder<unknown>) =>
    sql.join(fields.map(([field, [column, type]]) => make(column, field, type)));
  const names = list((column) => sql.ref(column));
  const values = rows.map((row) =>
    Object.fromEntries(
      ['number', ...Object.keys(columns)].map((field) => [field, row[field] ?? defaults[field] ?? null]),
    ),
  );
  const { rows: written } = await sql<{ number: string }>`
    insert into ${sql.table(table)} as stored (number, ${names}, recorded_at)
    select number, ${list((_column, field) => sql.ref(field))}, ${now}::timestamptz
    from jsonb_to_recordset(${jsonText({ values })}::jsonb -> 'values') as new (number text,
      ${list((_column, field, type) => sql`${sql.ref(field)} ${sql.raw(type)}`)})
    order by number
    on conflict (number) do update set
      ${list((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`)},
      version = stored.version + 1, recorded_at = excluded.recorded_at
    where (${list((column) => sql.ref(`stored.${column}`))})
      is distinct from (${list((column) => sql.ref(`excluded.${column}`))})
    returning number`.execute(tx);
  return new Set(written.map(({ number }) => number));
}

/** One event a batch: an import has hundreds of rows, and every consumer of the log reads each event. */
function eventsOf(
  { event, table }: BookTable,
  rows: readonly BookRow[],
  stored: ReadonlyMap<string, { readonly lift: string }>,
  changed: ReadonlySet<string>,
  by: string,
): readonly NewLogEvent[] {
  const written = rows.filter(({ number }) => changed.has(String(number)));
  if (written.length === 0) return [];
  const numbers = written.map(({ number }) => String(number));
  // A row may have moved from one lift to another: both must be looked at anew.
  const before = numbers.flatMap((number) => stored.get(number)?.lift ?? []);
  const lifts = [...new Set([...written.map(({ lift }) => String(lift)), ...before])];
  const data = table === 'lift_out_of_service' ? { by, numbers, lifts } : { by, numbers };
  return [{ type: event, lift: null, district: null, firm: null, data }];
}

/** One item of a request, read as a row of a file is: every value as the text that a cell would hold. */
export function readItem(
  book: BookKind,
  item: Readonly<Record<string, unknown>>,
): { readonly row: BookRow } | { readonly column: string; readonly code: string; readonly message: string } {
  const row: Record<string, BookRow[string]> = {};
  const unknown = Object.keys(item).find(
    (field) => !BOOK_COLUMNS[book].some((column) => column.field === field),
  );
  if (unknown !== undefined)
    return { column: unknown, code: 'unknown-field', message: `${unknown} is no field of ${book}` };
  for (const { field, required, read, says } of BOOK_COLUMNS[book]) {
    const value = item[field] ?? null;
    const text = value === null ? '' : String(value).trim();
    if (text === '' && required) return { column: field, code: 'missing', message: `${field} is missing` };
    const good = text === '' ? null : read(text);
    if (good === undefined) return { column: field, code: 'invalid', message: `${field} must be ${says}` };
    row[field] = good;
  }
  return { row };
}
