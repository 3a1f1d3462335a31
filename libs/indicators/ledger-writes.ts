import { jsonList, storableText } from '#records';
import { type Fact, isProvisional } from './fact.js';
import type { Dims } from './scope-keys.js';
import type { Tally } from './tally.js';

/** What is to be written of a change of the ledger. */
export interface LedgerWrites {
  readonly facts: readonly Fact[];
  readonly sums: Tally;
  /** What changes of each lift's own figures: read from its facts, so it is not written. */
  readonly ofLifts: Tally;
}

/**
 * Parts of a statement's `with` that write what `ledgerValues` packs as $1 to $3. A part of the statement
 * that reads next, for each trip to the database costs more than the work done there; what that one reads is
 * as it was before.
 */
export const LEDGER_WRITES = `
  facts_written as (
    insert into indicator_fact as stored (source, id, metric, kind, lift, at, day, weight, provisional,
      official, ended_at, withdrawn, verdict, flags, answer_ms, arrival_ms, release_ms, district, firm,
      lift_user, site, maker, use_kind, age_band)
    select source, id, metric, kind, lift, at, day, weight, provisional,
      provisional and (ended_at is not null or verdict is not distinct from 'genuine'), ended_at, withdrawn,
      verdict, flags, answer_ms, arrival_ms, release_ms, district, firm, lift_user, site, maker, use_kind,
      age_band
    from jsonb_to_recordset($1::jsonb) as new (source text, id text, metric text, kind text, lift text,
      at timestamptz, day integer, weight bigint, provisional boolean, ended_at timestamptz,
      withdrawn boolean, verdict text, flags text[], answer_ms bigint, arrival_ms bigint, release_ms bigint,
      district text, firm text, lift_user text, site text, maker text, use_kind text, age_band text)
    order by source, id
    on conflict (source, id) do update set metric = excluded.metric, kind = excluded.kind,
      lift = excluded.lift, at = excluded.at, day = excluded.day, weight = excluded.weight,
      provisional = excluded.provisional, official = excluded.official, ended_at = excluded.ended_at,
      withdrawn = excluded.withdrawn, verdict = excluded.verdict, flags = excluded.flags,
      answer_ms = excluded.answer_ms, arrival_ms = excluded.arrival_ms, release_ms = excluded.release_ms,
      district = excluded.district, firm = excluded.firm, lift_user = excluded.lift_user,
      site = excluded.site, maker = excluded.maker, use_kind = excluded.use_kind,
      age_band = excluded.age_band),
  counts_written as (
    insert into indicator_count as stored (scope, metric, day, provisional, official)
    select scope, metric, day, provisional, official from jsonb_to_recordset($2::jsonb) as new (scope text,
      metric text, day integer, provisional bigint, official bigint)
    on conflict (scope, metric, day) do update set provisional = stored.provisional + excluded.provisional,
      official = stored.official + excluded.official),
  exposure_written as (
    insert into indicator_exposure as stored (scope, measure, day, lifts, offset_ms)
    select scope, measure, day, lifts, offset_ms from jsonb_to_recordset($3::jsonb) as new (scope text,
      measure text, day integer, lifts bigint, offset_ms bigint)
    on conflict (scope, measure, day) do update set lifts = stored.lifts + excluded.lifts,
      offset_ms = stored.offset_ms + excluded.offset_ms)`;

/** The values of `LEDGER_WRITES`. Sums by key: all writers lock rows in one order. */
export function ledgerValues({ facts, sums }: LedgerWrites): readonly string[] {
  const counts = sortedBy(sums.counts, ({ scope, metric, day }) => `${scope}\n${metric}\n${day}`);
  const exposure = sortedBy(sums.exposure, ({ scope, measure, day }) => `${scope}\n${measure}\n${day}`);
  return [
    facts.map(packed),
    counts,
    exposure.map(({ scope, measure, day, lifts, offsetMs }) => ({
      scope,
      measure,
      day,
      lifts,
      offset_ms: offsetMs,
    })),
  ].map(jsonList);
}

function sortedBy<T>(changes: readonly T[], keyOf: (change: T) => string): readonly T[] {
  return changes
    .map((change) => ({ key: keyOf(change), change }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ change }) => change);
}

function packed(fact: Fact) {
  const dims = dimColumns(fact.dims);
  return {
    source: fact.source,
    id: fact.id,
    metric: fact.metric,
    kind: fact.kind,
    lift: fact.lift,
    at: new Date(fact.at).toISOString(),
    day: fact.day,
    weight: fact.weight,
    provisional: isProvisional(fact),
    ended_at: fact.endedAt === null ? null : new Date(fact.endedAt).toISOString(),
    withdrawn: fact.withdrawn,
    verdict: fact.verdict,
    flags: fact.flags,
    answer_ms: fact.answerMs,
    arrival_ms: fact.arrivalMs,
    release_ms: fact.releaseMs,
    district: dims.district,
    firm: dims.firm,
    lift_user: dims.lift_user,
    site: dims.site,
    maker: dims.maker,
    use_kind: dims.use_kind,
    age_band: dims.age_band,
  };
}

/** Dimensions as columns of a fact or a span. */
export interface DimRow {
  readonly district: string;
  readonly firm: string | null;
  readonly lift_user: string | null;
  readonly site: string | null;
  readonly maker: string | null;
  readonly use_kind: string | null;
  readonly age_band: string | null;
}

export function dimColumns({ district, firm, user, site, maker, useKind, ageBand }: Dims): DimRow {
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
