import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Principal, problem } from '#access';
import {
  DISTRICT_DIGITS,
  FIGURE_EVIDENCE,
  type Indicator,
  isDistrictScope,
  type Period,
  type Scope,
} from '#domain';
import type { Schema } from '#records';
import { pairFrom, readSums } from './figure-reader.js';
import type { RankedKind, RankingQuery } from './indicator.query.js';
import { type FigureView, indicatorView } from './indicator-view.js';
import { maySee, scopeKey } from './scope-keys.js';

/** Most scopes that one ranking compares: each costs a reading. */
export const RANKED_MAX = 500;

export interface RankedView {
  /** From 1, the best first; null for what is too small to be ranked or has no figure. */
  readonly rank: number | null;
  readonly scope: string;
  readonly formula: string;
  readonly figure: FigureView;
}

/**
 * Scopes of one kind within a district, best first. What is tiny comes last and without a rank: a lift with
 * one entrapment is no worst firm. A caller is shown the scopes of its own only.
 */
export async function rank(
  db: Kysely<Schema>,
  caller: Principal,
  wanted: Indicator,
  period: Pick<Period, 'from' | 'to'>,
  query: RankingQuery,
): Promise<readonly RankedView[]> {
  const scopes = await scopesIn(db, query.by, query.in ?? ownDistrict(caller), caller);
  const views: Omit<RankedView, 'rank'>[] = [];
  for (const scope of scopes) {
    const sums = await readSums(db, scope, [wanted], period, FIGURE_EVIDENCE);
    const view = indicatorView(pairFrom(sums, wanted));
    const figure = query.evidence === 'provisional' ? (view.provisional ?? view.official) : view.official;
    views.push({ scope: scopeKey(scope), formula: view.formula, figure });
  }
  return ranked(views, wanted);
}

function ranked(views: readonly Omit<RankedView, 'rank'>[], { better }: Indicator): readonly RankedView[] {
  const counts = views.filter(({ figure }) => figure.value !== null && !figure.tiny);
  const sign = better === 'lower' ? 1 : -1;
  counts.sort((one, other) => sign * ((one.figure.value ?? 0) - (other.figure.value ?? 0)));
  const rest = views.filter((view) => !counts.includes(view));
  return [
    // Equal figures share a rank.
    ...counts.map((view) => ({
      rank: counts.findIndex(({ figure }) => figure.value === view.figure.value) + 1,
      ...view,
    })),
    ...rest.map((view) => ({ rank: null, ...view })),
  ];
}

async function scopesIn(
  db: Kysely<Schema>,
  by: RankedKind,
  district: string | null,
  caller: Principal,
): Promise<readonly Scope[]> {
  const firm = caller.scope.kind === 'firm' ? caller.scope.firm : null;
  const within =
    district === null ? sql`true` : sql`district >= ${district} and district < ${`${district}:`}`;
  const { rows } = await sql<{ id: string; county: string }>`
    select distinct ${columnOf(by)} as id,
      ${by === 'site' || district !== null ? sql`left(district, 6)` : sql`''`} as county
    from indicator_span where ${within} and (${firm}::text is null or firm = ${firm}::text) and
      ${columnOf(by)} is not null
    order by 1 limit ${RANKED_MAX + 1}`.execute(db);
  if (rows.length > RANKED_MAX) {
    const message = `there are more than ${RANKED_MAX} to rank: name a smaller district`;
    throw problem(400, 'Invalid request', `${message}.`, [{ field: 'in', message }]);
  }
  return rows
    .map(
      ({ id, county }): Scope => ({
        kind: by,
        id: isDistrictScope(by) || county === '' ? id : `${id}@${county}`,
      }),
    )
    .filter((scope) => maySee(caller, scope, null));
}

function columnOf(by: RankedKind): RawBuilder<unknown> {
  switch (by) {
    case 'county':
    case 'township':
    case 'village':
      return sql`case when length(district) >= ${DISTRICT_DIGITS[by]}::integer
        then left(district, ${DISTRICT_DIGITS[by]}::integer) end`;
    case 'user':
      return sql`lift_user`;
    case 'use-kind':
      return sql`use_kind`;
    case 'age-band':
      return sql`age_band`;
    default:
      return sql.ref(by);
  }
}

/** The county of a key that is bound to one. */
function ownDistrict({ scope }: Principal): string | null {
  return scope.kind === 'district' && scope.prefix.length >= DISTRICT_DIGITS.county ? scope.prefix : null;
}
