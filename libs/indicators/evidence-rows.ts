import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { decodeCursor, type Page, pageOf } from '#access';
import {
  type Indicator,
  isExposureName,
  METRICS,
  type MetricFacts,
  type MetricName,
  type Period,
  type Scope,
} from '#domain';
import { type Schema, storableText } from '#records';
import { STOPPING_KINDS, tokensFor } from './figure-needs.js';
import { factsOf } from './figure-rows.js';
import type { RowsQuery } from './indicator.query.js';
import { rowsOf } from './scope-rows.js';

/** A row behind a figure: something that was counted, or the time of a lift that it is divided by. */
export interface EvidenceRow {
  /** `fault`, `order`, `inspection`, `maintenance`, `runs`, `run-ms`, or `lift-time`. */
  readonly source: string;
  /** Id of the fault, number of the order …; of a lift's time its registration code. */
  readonly id: string;
  readonly lift: string;
  readonly kind: string | null;
  /** When it happened; of a lift's time when it began. */
  readonly at: string;
  /** When it was over, the order closed, the lift's time ended; null = not yet. */
  readonly endedAt: string | null;
  /** 1, or the runs or milliseconds it stands for. */
  readonly weight: number;
  readonly official: boolean;
  readonly arrivalMs: number | null;
  readonly releaseMs: number | null;
  readonly answerMs: number | null;
  /** Of a lift's time: counts in service, with a terminal. */
  readonly inService: boolean | null;
  readonly monitored: boolean | null;
  /** As they were then. */
  readonly district: string;
  readonly firm: string | null;
}

export interface RowsOf {
  readonly scope: Scope;
  readonly firm: string | null;
  readonly period: Pick<Period, 'from' | 'to'>;
}

/** A page of the rows behind one part of a figure, oldest first. */
export async function evidenceRows(
  db: Kysely<Schema>,
  of: RowsOf,
  wanted: Indicator,
  query: RowsQuery,
): Promise<Page<EvidenceRow>> {
  const name = query.part === 'numerator' ? wanted.numerator : wanted.denominator;
  if (name === null) return { items: [], next: null };
  const after = decodeCursor(query.cursor, ['number', 'string', 'string']);
  const ofLifts = isExposureName(name) || isLiftTime(name);
  const rows = ofLifts
    ? await spanRows(db, of, after, query.limit + 1)
    : await factRows(db, of, conditionOf(of, name, wanted, query), after, query.limit + 1);
  return pageOf(rows.map(viewOf), query.limit, ({ at, source, id }) => [Date.parse(at), source, id]);
}

type After = readonly [number, string, string] | null;

interface Row extends Omit<EvidenceRow, 'at' | 'endedAt'> {
  readonly at: Date;
  readonly endedAt: Date | null;
}

function isLiftTime(name: MetricName): boolean {
  const { filter }: MetricFacts = METRICS[name];
  return filter.rows === 'lifts' || filter.rows === 'terminal-time';
}

function conditionOf(of: RowsOf, name: MetricName, wanted: Indicator, query: RowsQuery): RawBuilder<SqlBool> {
  const { filter, measure }: MetricFacts = METRICS[name];
  const tokens = tokensFor(name);
  // A maintenance record is one fact, with flags for what else holds of it.
  const metric = filter.rows === 'maintenance' ? ['maintenance.due'] : tokens;
  const parts = [factsOf(of, metric)];
  if (filter.rows === 'maintenance' && filter.which !== 'due')
    parts.push(sql<SqlBool>`fact.flags && ${[...tokens]}::text[]`);
  if (query.evidence === 'official') parts.push(sql<SqlBool>`fact.official`);
  if (filter.rows === 'lift-time') parts.push(sql<SqlBool>`fact.kind = any(${[...STOPPING_KINDS]}::text[])`);
  if (filter.rows === 'orders' && 'within' in filter) {
    const limitMs = (wanted.parameters.limitMinutes ?? 0) * 60_000;
    parts.push(sql<SqlBool>`${sql.ref(`fact.${filter.within}_ms`)} between 0 and ${limitMs}`);
  }
  // A figure of lifts with so many has the rows of those lifts, and of no other.
  const atLeast = measure === 'lifts' ? (wanted.parameters.atLeast ?? 1) : 1;
  if (atLeast > 1) {
    parts.push(sql<SqlBool>`fact.lift in (select fact.lift from indicator_fact fact
      where ${all(parts)} group by fact.lift having count(*) >= ${atLeast})`);
  }
  return all(parts);
}

function all(parts: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.join(parts, sql` and `)}`;
}

async function factRows(
  db: Kysely<Schema>,
  of: RowsOf,
  condition: RawBuilder<SqlBool>,
  after: After,
  limit: number,
): Promise<readonly Row[]> {
  const [at, source, id] = after ?? [of.period.from - 1, '', ''];
  const { rows } = await sql<Row>`
    select source, id, lift, kind, at, ended_at as "endedAt", weight, official, arrival_ms as "arrivalMs",
      release_ms as "releaseMs", answer_ms as "answerMs", null::boolean as "inService",
      null::boolean as monitored, district, firm
    from indicator_fact fact
    where ${condition}
      and (fact.at, fact.source, fact.id) > (${new Date(at)}::timestamptz, ${storableText(source)},
        ${storableText(id)})
    order by fact.at, fact.source, fact.id limit ${limit}`.execute(db);
  return rows;
}

/** Spans that reach into the period, by lift: a lift may have several. */
async function spanRows(
  db: Kysely<Schema>,
  of: RowsOf,
  after: After,
  limit: number,
): Promise<readonly Row[]> {
  const [at, , lift] = after ?? [-8.64e15, '', ''];
  const own = of.firm === null ? sql`true` : sql`span.firm = ${of.firm}`;
  const { rows } = await sql<Row>`
    select 'lift-time' as source, lift as id, lift, null as kind, from_at as at, to_at as "endedAt", 1 as
      weight,
      true as official, null::bigint as "arrivalMs", null::bigint as "releaseMs", null::bigint as "answerMs",
      in_service as "inService", in_service and bound as monitored, district, firm
    from indicator_span span
    where ${rowsOf(of.scope, 'span')} and ${own} and from_at < ${new Date(of.period.to)}
      and (to_at is null or to_at > ${new Date(of.period.from)})
      and (${after === null} or (date_trunc('milliseconds', from_at), lift) >
        (${new Date(Math.max(at, -6e13))}::timestamptz, ${storableText(lift)}))
    order by date_trunc('milliseconds', from_at), lift limit ${limit}`.execute(db);
  return rows;
}

function viewOf(row: Row): EvidenceRow {
  return { ...row, at: row.at.toISOString(), endedAt: row.endedAt?.toISOString() ?? null };
}
