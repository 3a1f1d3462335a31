import { sql } from 'kysely';
import type { RateRule } from '#domain';
import { jsonList, preparedStatement, type Tx } from '#records';
import type { Fact, FactCore, FactSource, Verdict } from './fact.js';
import { type DimRow, dimColumns } from './ledger-writes.js';
import { RULES_AT_PLACES, type RuleRow, ruleOf } from './rules-at-places.js';
import type { Dims } from './scope-keys.js';
import type { Span } from './spans.js';

/** Columns of a fact as `FactRow` has them; `fact` is the table or its alias. */
const FACT_COLUMNS =
  sql.raw(`fact.source, fact.id, fact.metric, fact.kind, fact.lift, fact.at, fact.day, fact.weight,
  fact.ended_at, fact.withdrawn, fact.verdict, fact.flags, fact.answer_ms, fact.arrival_ms, fact.release_ms,
  fact.district, fact.firm, fact.lift_user, fact.site, fact.maker, fact.use_kind, fact.age_band`);

/** As the driver reads a column, or as JSON has it. */
type Moment = Date | string;

interface FactRow extends DimRow {
  readonly source: FactSource;
  readonly id: string;
  readonly metric: string;
  readonly kind: string | null;
  readonly lift: string;
  readonly at: Moment;
  readonly day: number;
  readonly weight: number;
  readonly ended_at: Moment | null;
  readonly withdrawn: boolean;
  readonly verdict: Verdict | null;
  readonly flags: readonly string[];
  readonly answer_ms: number | null;
  readonly arrival_ms: number | null;
  readonly release_ms: number | null;
}

interface SpanRow extends DimRow {
  readonly lift: string;
  readonly from_at: Moment;
  readonly to_at: Moment | null;
  readonly in_service: boolean;
  readonly bound: boolean;
  readonly rescue_code: boolean;
}

/** Facts of the identities in $1, spans of the lifts in $2, rules that watch where these were or $3 is. */
const READ_LEDGER = preparedStatement<{
  readonly facts: readonly FactRow[];
  readonly spans: readonly SpanRow[];
  readonly rules: readonly RuleRow[];
}>(`
  with fact as materialized (
    select fact.* from jsonb_to_recordset($1::jsonb) as wanted (source text, id text)
    cross join lateral (select * from indicator_fact stored
      where stored.source = wanted.source and stored.id = wanted.id limit 1) fact
  ), span as materialized (
    select span.* from jsonb_array_elements_text($2::jsonb) as wanted (lift)
    cross join lateral (select * from indicator_span stored where stored.lift = wanted.lift offset 0) span
  ), place as (
    select district from fact union all select district from span
    union all select jsonb_array_elements_text($3::jsonb)
  )
  select (select coalesce(json_agg(fact), '[]') from fact) as facts,
    (select coalesce(json_agg(span order by lift, from_at), '[]') from span) as spans,
    (${RULES_AT_PLACES}) as rules`);

/**
 * The stored facts of these identities by `factKey`, the spans of these lifts by lift, ascending, and the
 * rules that may watch scopes of either or of `districts`.
 */
export async function readLedger(
  tx: Tx,
  of: readonly Pick<FactCore, 'source' | 'id'>[],
  lifts: readonly string[],
  districts: readonly string[],
): Promise<{
  readonly facts: ReadonlyMap<string, Fact>;
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  readonly rules: readonly RateRule[];
}> {
  const keys = of.map(({ source, id }) => ({ source, id }));
  const [row] = await READ_LEDGER(tx, [jsonList(keys), jsonList(lifts), jsonList(districts)]);
  if (row === undefined) throw new Error('A select without a table answers one row.');
  const facts = row.facts.map(factOf);
  return {
    facts: new Map(facts.map((fact) => [factKey(fact), fact])),
    spans: byLift(row.spans),
    rules: row.rules.map(ruleOf),
  };
}

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

function factOf(row: FactRow): Fact {
  return {
    source: row.source,
    id: row.id,
    metric: row.metric,
    kind: row.kind,
    lift: row.lift,
    at: msOf(row.at),
    day: row.day,
    weight: row.weight,
    endedAt: row.ended_at === null ? null : msOf(row.ended_at),
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
    from: msOf(row.from_at),
    to: row.to_at === null ? null : msOf(row.to_at),
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

function msOf(moment: Moment): number {
  return new Date(moment).getTime();
}
