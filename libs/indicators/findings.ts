import { Injectable } from '@nestjs/common';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { decodeCursor, type Page, type Principal, pageOf, scopeFilter } from '#access';
import { calendarPeriod, DAY_MS, dayStart, type FindingKind, shanghaiDay } from '#domain';
import { Records, storableText } from '#records';
import { Clock } from '#runtime';
import { SeriesStore } from '#series';
import type { FindingsQuery } from './findings.query.js';

/**
 * Suppressed faults within the time asked for that are more than work on the lift explains. Our own choice.
 */
const HIDDEN_MIN = 3;
/** Times a lift may trap people: DOMAIN §2. */
const REPEATS = { month: 2, year: 4 } as const;
/** Readings of one day that are looked at. */
const POINTS_MAX = 100_000;
/** Records of which one page asks the series. */
const VISITS_MAX = 50;
const SERIES_MS = 10_000;

/** A pattern that somebody must look into; it proves nothing by itself. */
export interface FindingView {
  readonly kind: FindingKind;
  readonly lift: string;
  readonly district: string | null;
  readonly firm: string | null;
  /** How often within the time. */
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Ids of the faults, numbers of the orders or of the maintenance record; the first 20. */
  readonly rows: readonly string[];
  readonly reason: string;
}

interface FindingRow {
  readonly lift: string;
  readonly district: string | null;
  readonly firm: string | null;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly rows: readonly string[];
}

/** Bad practice as the books and the terminals show it. */
@Injectable()
export class Findings {
  constructor(
    private readonly records: Records,
    private readonly series: SeriesStore,
    private readonly clock: Clock,
  ) {}

  list(query: FindingsQuery, caller: Principal): Promise<Page<FindingView>> {
    const since = new Date(query.since ?? this.clock.now() - 30 * DAY_MS);
    const raised = sql`raised_at >= ${since} and ${before(query, 'raised_at')}
      and ${scopeFilter(caller, 'fault')} and ${placeFilter(query, 'fault')}`;
    switch (query.kind) {
      case 'hidden-by-inspection':
        return this.grouped(
          query,
          'faults suppressed as work in inspection mode',
          sql`
          from fault where state = 'suppressed' and clear_reason = 'inspection-mode' and ${raised}`,
          sql`raised_at`,
          HIDDEN_MIN,
        );
      case 'faked-faults':
        return this.grouped(
          query,
          'faults reported by the terminal and judged false',
          sql`
          from fault join fault_judgement on fault_judgement.fault_id = fault.id
          where verdict = 'false' and evidence = 'reported' and ${raised}`,
          sql`raised_at`,
          1,
        );
      case 'repeat-entrapments-month':
      case 'repeat-entrapments-year':
        return this.repeats(query, caller, query.kind === 'repeat-entrapments-month' ? 'month' : 'year');
      case 'fake-maintenance':
        return this.visitsNotSeen(query, caller, since);
    }
  }

  private repeats(query: FindingsQuery, caller: Principal, by: 'month' | 'year'): Promise<Page<FindingView>> {
    const at = query.since === undefined ? this.clock.now() : Date.parse(query.since);
    const period = calendarPeriod(by, at);
    const least = REPEATS[by];
    return this.grouped(
      query,
      `${least} or more entrapments in ${period.label}, from hotline orders`,
      sql`
      from indicator_fact where metric = 'orders.entrapment' and provisional and at >=
        ${new Date(period.from)}
        and at < ${new Date(period.to)} and ${scopeFilter(caller, 'indicator_fact')}
        and ${placeFilter(query, 'indicator_fact')}`,
      sql`at`,
      least,
    );
  }

  /** Lifts with at least `least` rows, by registration code; the owner is that of the newest row. */
  private async grouped(
    query: FindingsQuery,
    reason: string,
    from: RawBuilder<unknown>,
    at: RawBuilder<unknown>,
    least: number,
  ): Promise<Page<FindingView>> {
    const after = storableText(decodeCursor(query.cursor, ['string'])?.[0] ?? '');
    const { rows } = await sql<FindingRow>`
      select lift, (array_agg(district order by ${at} desc))[1] as district,
        (array_agg(firm order by ${at} desc))[1] as firm, count(*)::int as count, min(${at}) as "firstAt",
        max(${at}) as "lastAt", (array_agg(id order by ${at}))[1:20] as rows
      ${from} and lift > ${after}
      group by lift having count(*) >= ${least} order by lift limit ${query.limit + 1}`.execute(
      this.records.db,
    );
    return pageOf(
      rows.map((row) => viewOf(query.kind, row, reason)),
      query.limit,
      ({ lift }) => [lift],
    );
  }

  /** Signed visits of a day on which the terminal saw neither inspection mode nor a door move. */
  private async visitsNotSeen(
    query: FindingsQuery,
    caller: Principal,
    since: Date,
  ): Promise<Page<FindingView>> {
    const after = decodeCursor(query.cursor, ['number', 'string']);
    const [earlier, number] = [new Date(after?.[0] ?? 8.64e15 / 1_000), storableText(after?.[1] ?? '')];
    const limit = Math.min(query.limit, VISITS_MAX);
    const { rows } = await sql<FindingRow & { number: string; counted: boolean }>`
      select record.number, record.lift, span.district, span.firm, 1 as count, record.done_at as "firstAt",
        record.done_at as "lastAt", array[record.number] as rows,
        exists (select from lift_statistics day where day.lift = record.lift and door_cycles = 0
          and day.period_start <= record.done_at and day.period_end > record.done_at) as counted
      from maintenance_record record
      join indicator_span span on span.lift = record.lift and span.bound and span.from_at <= record.done_at
        and (span.to_at is null or span.to_at > record.done_at)
      where record.done_at >= ${since} and (record.done_at, record.number) < (${earlier}::timestamptz,
        ${number}::text)
        and not exists (select from lift_statistics day where day.lift = record.lift and door_cycles > 0
          and day.period_start <= record.done_at and day.period_end > record.done_at)
        and ${before(query, 'record.done_at')} and ${scopeFilter(caller, 'span')}
        and ${placeFilter(query, 'span')}
      order by record.done_at desc, record.number desc limit ${limit + 1}`.execute(this.records.db);
    const page = pageOf(rows, limit, (row) => [row.lastAt.getTime(), row.number]);
    const items: FindingView[] = [];
    const reason = 'a visit on record, and that day neither inspection mode nor a door movement';
    for (const row of page.items) {
      const seen = await this.seenThatDay(row.lift, row.lastAt.getTime());
      // A terminal that said nothing that day proves nothing.
      if (seen === 'nothing' || (seen === 'silent' && row.counted))
        items.push(viewOf(query.kind, row, reason));
    }
    return { items, next: page.next };
  }

  private async seenThatDay(lift: string, at: number): Promise<'visit' | 'nothing' | 'silent'> {
    const from = dayStart(shanghaiDay(at));
    const range = { lift, from, to: from + DAY_MS, changesMax: 1_000, pointsMax: POINTS_MAX };
    const signal = AbortSignal.timeout(SERIES_MS);
    const { history } = this.series;
    const mode = await history.changes({ ...range, field: 'mode' }, signal);
    if (mode.changes.some(({ value }) => value === 'inspection') || mode.restFrom !== null) return 'visit';
    const door = await history.changes({ ...range, field: 'doorState' }, signal);
    if (door.changes.some(({ value }) => value !== null && value !== 'closed') || door.restFrom !== null)
      return 'visit';
    const cycles = await history.buckets(
      { lift, from, to: from + DAY_MS, field: 'doorCycleCount', bucketMs: DAY_MS },
      signal,
    );
    if (cycles.some(({ min, max }) => max > min)) return 'visit';
    return mode.changes.length === 0 && door.changes.length === 0 ? 'silent' : 'nothing';
  }
}

function before({ until }: FindingsQuery, column: string): RawBuilder<SqlBool> {
  return until === undefined ? sql`true` : sql<SqlBool>`${sql.ref(column)} < ${new Date(until)}`;
}

/** What was asked for of a table (or alias) with the columns `district`, `firm` and `lift`. */
function placeFilter({ district, firm, lift }: FindingsQuery, table: string): RawBuilder<SqlBool> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const asked = [
    ...(district === undefined ? [] : [sql<SqlBool>`starts_with(${column('district')}, ${district})`]),
    ...(firm === undefined ? [] : [sql<SqlBool>`${column('firm')} = ${firm}`]),
    ...(lift === undefined ? [] : [sql<SqlBool>`${column('lift')} = ${lift}`]),
  ];
  return asked.length === 0 ? sql`true` : sql.join(asked, sql` and `);
}

function viewOf(kind: FindingKind, row: FindingRow, reason: string): FindingView {
  const { lift, district, firm, count, rows } = row;
  const [firstAt, lastAt] = [row.firstAt.toISOString(), row.lastAt.toISOString()];
  return { kind, lift, district, firm, count, firstAt, lastAt, rows, reason };
}
