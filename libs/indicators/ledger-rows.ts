import { type RawBuilder, sql } from 'kysely';
import { PREPARED, storableText, type Tx } from '#records';
import type { Fact, FactCore, FactSource, Verdict } from './fact.js';
import type { Dims } from './scope-keys.js';
import type { Span } from './spans.js';
import type { Tally } from './tally.js';

/** A statement that writes, as a part of another one's `with`. */
export type SqlPart = RawBuilder<unknown>;

/** Columns of a fact as `FactRow` has them; `fact` is the table or its alias. */
const FACT_COLUMNS =
  sql.raw(`fact.source, fact.id, fact.metric, fact.kind, fact.lift, fact.at, fact.day, fact.weight,
  fact.ended_at, fact.withdrawn, fact.verdict, fact.flags, fact.answer_ms, fact.arrival_ms, fact.release_ms,
  fact.district, fact.firm, fact.lift_user, fact.site, fact.maker, fact.use_kind, fact.age_band`);

interface DimRow {
  readonly district: string;
  readonly firm: string | null;
  readonly lift_user: string | null;
  readonly site: string | null;
  readonly maker: string | null;
  readonly use_kind: string | null;
  readonly age_band: string | null;
}

interface FactRow extends DimRow {
  readonly source: FactSource;
  readonly id: string;
  readonly metric: string;
  readonly kind: string | null;
  readonly lift: string;
  readonly at: Date;
  readonly day: number;
  readonly weight: number;
  readonly ended_at: Date | null;
  readonly withdrawn: boolean;
  readonly verdict: Verdict | null;
  readonly flags: readonly string[];
  readonly answer_ms: number | null;
  readonly arrival_ms: number | null;
  readonly release_ms: number | null;
}

interface SpanRow extends DimRow {
  readonly lift: string;
  readonly from_at: Date;
  readonly to_at: Date | null;
  readonly in_service: boolean;
  readonly bound: boolean;
  readonly rescue_code: boolean;
}

/** The stored facts of these identities by `factKey`, and the spans of these lifts by lift, ascending. */
export async function readLedger(
  tx: Tx,
  of: readonly Pick<FactCore, 'source' | 'id'>[],
  lifts: readonly string[],
): Promise<{
  readonly facts: ReadonlyMap<string, Fact>;
  readonly spans: ReadonlyMap<string, readonly Span[]>;
}> {
  const { rows } = await sql<{
    readonly facts: readonly Packed<FactRow>[];
    readonly spans: readonly Packed<SpanRow>[];
  }>`${PREPARED}
    select
      (select coalesce(json_agg(fact), '[]') from unnest(${of.map(({ source }) => source)}::text[],
        ${of.map(({ id }) => id)}::text[]) as wanted (source, id)
        join indicator_fact fact on fact.source = wanted.source and fact.id = wanted.id) as facts,
      (select coalesce(json_agg(span order by lift, from_at), '[]') from indicator_span span
        where lift = any(${lifts}::text[])) as spans`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('A select without a table answers one row.');
  const facts = row.facts.map((each) =>
    factOf({
      ...each,
      at: new Date(each.at),
      ended_at: each.ended_at === null ? null : new Date(each.ended_at),
    }),
  );
  return {
    facts: new Map(facts.map((fact) => [factKey(fact), fact])),
    spans: byLift(
      row.spans.map((each) => ({
        ...each,
        from_at: new Date(each.from_at),
        to_at: each.to_at === null ? null : new Date(each.to_at),
      })),
    ),
  };
}

/** A row as JSON has it: its times are texts. */
type Packed<T> = { readonly [K in keyof T]: Date extends T[K] ? string | Exclude<T[K], Date> : T[K] };

/** Every fact of these lifts, locked. */
export async function lockFactsOfLifts(tx: Tx, lifts: readonly string[]): Promise<readonly Fact[]> {
  const { rows } = await sql<FactRow>`
    select ${FACT_COLUMNS} from indicator_fact fact where fact.lift = any(${lifts}::text[])
    order by fact.source, fact.id for update`.execute(tx);
  return rows.map(factOf);
}

export function factKey({ source, id }: Pick<FactCore, 'source' | 'id'>): string {
  return `${source}\n${id}`;
}

/**
 * What writes the facts and adds the changes to the sums: parts of one statement, which the caller sends with
 * whatever it reads next, for each trip to the database costs more than the work done there.
 */
export function ledgerWrites(facts: readonly Fact[], { counts, exposure }: Tally): readonly SqlPart[] {
  return [
    ...(facts.length > 0 ? [factsWritten(facts)] : []),
    ...(counts.length > 0 ? [countsWritten(counts)] : []),
    ...(exposure.length > 0 ? [exposureWritten(exposure)] : []),
  ];
}

function factsWritten(facts: readonly Fact[]) {
  const rows = facts.map(({ dims, ...fact }) => ({
    ...fact,
    ...dimColumns(dims),
    at: new Date(fact.at).toISOString(),
    ended_at: fact.endedAt === null ? null : new Date(fact.endedAt).toISOString(),
    answer_ms: fact.answerMs,
    arrival_ms: fact.arrivalMs,
    release_ms: fact.releaseMs,
    provisional: fact.verdict === 'genuine' || (fact.verdict === null && !fact.withdrawn),
  }));
  return sql`
    insert into indicator_fact as stored (source, id, metric, kind, lift, at, day, weight, provisional,
      official,
      ended_at, withdrawn, verdict, flags, answer_ms, arrival_ms, release_ms, district, firm, lift_user, site,
      maker, use_kind, age_band)
    select source, id, metric, kind, lift, at, day, weight, provisional,
      provisional and (ended_at is not null or verdict is not distinct from 'genuine'), ended_at, withdrawn,
      verdict, flags, answer_ms, arrival_ms, release_ms, district, firm, lift_user, site, maker, use_kind,
        age_band
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (source text, id text, metric text, kind
      text,
      lift text, at timestamptz, day integer, weight bigint, provisional boolean, ended_at timestamptz,
        withdrawn boolean,
      verdict text, flags text[], answer_ms bigint, arrival_ms bigint, release_ms bigint, district text,
      firm text, lift_user text, site text, maker text, use_kind text, age_band text)
    order by source, id
    on conflict (source, id) do update set metric = excluded.metric, kind = excluded.kind, lift =
      excluded.lift, at = excluded.at,
      day = excluded.day, weight = excluded.weight, provisional = excluded.provisional,
      official = excluded.official, ended_at = excluded.ended_at, withdrawn = excluded.withdrawn,
      verdict = excluded.verdict, flags = excluded.flags, answer_ms = excluded.answer_ms,
      arrival_ms = excluded.arrival_ms, release_ms = excluded.release_ms, district = excluded.district,
      firm = excluded.firm, lift_user = excluded.lift_user, site = excluded.site, maker = excluded.maker,
      use_kind = excluded.use_kind, age_band = excluded.age_band`;
}

/** The stored spans of these lifts by lift, ascending. */
export async function readSpans(
  tx: Tx,
  lifts: readonly string[],
): Promise<ReadonlyMap<string, readonly Span[]>> {
  const { rows } = await sql<SpanRow>`
    select lift, from_at, to_at, in_service, bound, rescue_code, district, firm, lift_user, site, maker,
      use_kind,
      age_band
    from indicator_span where lift = any(${lifts}::text[]) order by lift, from_at`.execute(tx);
  return byLift(rows);
}

function byLift(rows: readonly SpanRow[]): ReadonlyMap<string, readonly Span[]> {
  const spansByLift = new Map<string, Span[]>();
  for (const row of rows) {
    const spans = spansByLift.get(row.lift) ?? [];
    spans.push(spanOf(row));
    spansByLift.set(row.lift, spans);
  }
  return spansByLift;
}

/** Puts `spans` in the place of all that is stored of these lifts. */
export async function replaceSpans(tx: Tx, lifts: readonly string[], spans: readonly Span[]): Promise<void> {
  await sql`delete from indicator_span where lift = any(${lifts}::text[])`.execute(tx);
  if (spans.length === 0) return;
  const rows = spans.map(({ dims, ...span }) => ({
    lift: span.lift,
    from_at: new Date(span.from).toISOString(),
    to_at: span.to === null ? null : new Date(span.to).toISOString(),
    in_service: span.inService,
    bound: span.bound,
    rescue_code: span.rescueCode,
    ...dimColumns(dims),
  }));
  await sql`
    insert into indicator_span (lift, from_at, to_at, in_service, bound, rescue_code, district, firm,
      lift_user,
      site, maker, use_kind, age_band)
    select lift, from_at, to_at, in_service, bound, rescue_code, district, firm, lift_user, site, maker,
      use_kind,
      age_band
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (lift text, from_at timestamptz,
      to_at timestamptz, in_service boolean, bound boolean, rescue_code boolean, district text, firm text,
      lift_user text, site text, maker text, use_kind text, age_band text)`.execute(tx);
}

function countsWritten(counts: Tally['counts']) {
  return sql`
    insert into indicator_count as stored (scope, metric, day, provisional, official)
    select * from unnest(${counts.map((each) => each.scope)}::text[],
      ${counts.map((each) => each.metric)}::text[], ${counts.map((each) => each.day)}::integer[],
      ${counts.map((each) => each.provisional)}::bigint[], ${counts.map((each) => each.official)}::bigint[])
    on conflict (scope, metric, day) do update set provisional = stored.provisional + excluded.provisional,
      official = stored.official + excluded.official`;
}

function exposureWritten(exposure: Tally['exposure']) {
  return sql`
    insert into indicator_exposure as stored (scope, measure, day, lifts, offset_ms)
    select * from unnest(${exposure.map((each) => each.scope)}::text[],
      ${exposure.map((each) => each.measure)}::text[], ${exposure.map((each) => each.day)}::integer[],
      ${exposure.map((each) => each.lifts)}::bigint[], ${exposure.map((each) => each.offsetMs)}::bigint[])
    on conflict (scope, measure, day) do update set lifts = stored.lifts + excluded.lifts,
      offset_ms = stored.offset_ms + excluded.offset_ms`;
}

function factOf(row: FactRow): Fact {
  return {
    source: row.source,
    id: row.id,
    metric: row.metric,
    kind: row.kind,
    lift: row.lift,
    at: row.at.getTime(),
    day: row.day,
    weight: row.weight,
    endedAt: row.ended_at?.getTime() ?? null,
    withdrawn: row.withdrawn,
    verdict: row.verdict,
    flags: row.flags,
    answerMs: row.answer_ms,
    arrivalMs: row.arrival_ms,
    releaseMs: row.release_ms,
    dims: dimsOf(row),
  };
}

function spanOf(row: SpanRow): Span {
  return {
    lift: row.lift,
    from: row.from_at.getTime(),
    to: row.to_at?.getTime() ?? null,
    inService: row.in_service,
    bound: row.bound,
    rescueCode: row.rescue_code,
    dims: dimsOf(row),
  };
}

function dimsOf(row: DimRow): Dims {
  const { district, firm, site, maker } = row;
  return { district, firm, user: row.lift_user, site, maker, useKind: row.use_kind, ageBand: row.age_band };
}

function dimColumns({ district, firm, user, site, maker, useKind, ageBand }: Dims): DimRow {
  const text = (value: string | null) => (value === null ? null : storableText(value));
  return {
    district,
    firm: text(firm),
    lift_user: text(user),
    site: text(site),
    maker: text(maker),
    use_kind: useKind,
    age_band: ageBand,
  };
}
