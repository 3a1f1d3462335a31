import { Injectable } from '@nestjs/common';
import { type Page, type Principal, problem } from '#access';
import {
  calendarPeriod,
  elapsedPart,
  FIGURE_EVIDENCE,
  INDICATOR_IDS,
  type Indicator,
  type IndicatorId,
  indicator,
  isIndicatorId,
  type Period,
  type PeriodKind,
  parameterFault,
  readPeriod,
  rollingPeriod,
  shanghaiDate,
} from '#domain';
import { Records } from '#records';
import { Clock } from '#runtime';
import { type DistrictPolicy, policiesInForce } from './district-policies.js';
import { type EvidenceRow, evidenceRows } from './evidence-rows.js';
import { pairFrom, readSums } from './figure-reader.js';
import type { ParametersQuery, RankingQuery, RowsQuery, TrendQuery } from './indicator.query.js';
import {
  type IndicatorView,
  indicatorView,
  type PeriodView,
  type TargetView,
  targetView,
} from './indicator-view.js';
import { Policies } from './policies.js';
import type { PolicyTarget } from './policy-profile.js';
import { targetIndicator } from './policy-verdict.js';
import { type RankedView, rank } from './ranking.js';
import { type SeenScope, seenScope } from './scope-access.js';

/** Figures that need more than sums, or say nothing of a whole page; asked for one by one. */
const NOT_ON_PAGE: ReadonlySet<IndicatorId> = new Set(['stopped-share']);

export interface FiguresView {
  readonly scope: { readonly kind: string; readonly id: string };
  readonly period: PeriodView;
  readonly figures: readonly IndicatorView[];
  /** Of the profiles in force there at the period's end, each with its figure in the target's own period. */
  readonly targets: readonly TargetView[];
}

export interface TrendPointView {
  readonly period: PeriodView;
  readonly figure: IndicatorView;
}

/** Figures, trends, rankings and the rows behind them, in the caller's scope. */
@Injectable()
export class IndicatorReads {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly policies: Policies,
  ) {}

  /** Every figure of a scope and period, and what the plans in force ask of it. */
  async figures(scopeText: string, periodText: string, caller: Principal): Promise<FiguresView> {
    const seen = await seenScope(this.records.db, caller, scopeText);
    const period = periodOf(periodText);
    const indicators = INDICATOR_IDS.filter((id) => !NOT_ON_PAGE.has(id))
      .map((id) => indicator(id))
      .filter(({ periods }) => periods.includes(period.kind));
    const pairs = await this.pairs(seen, indicators, period);
    return {
      scope: seen.scope,
      period: this.view(period),
      figures: pairs.map(indicatorView),
      targets: await this.targets(seen, period),
    };
  }

  /** One indicator over the periods up to the running one, oldest first. */
  async trend(id: string, query: TrendQuery, caller: Principal): Promise<readonly TrendPointView[]> {
    const wanted = knownIndicator(id, query);
    const seen = await seenScope(this.records.db, caller, query.scope);
    const kind = query.by ?? (wanted.period === 'rolling' ? 'month' : wanted.period);
    mustSuit(wanted, kind);
    const periods: Period[] = [];
    for (let at = this.clock.now(); periods.length < query.points; at = (periods[0]?.from ?? at) - 1)
      periods.unshift(calendarPeriod(kind, at));
    const points: TrendPointView[] = [];
    for (const period of periods) {
      const [pair] = await this.pairs(seen, [wanted], period);
      if (pair !== undefined) points.push({ period: this.view(period), figure: indicatorView(pair) });
    }
    return points;
  }

  /** The rows that a figure counts or divides by. */
  async rows(id: string, query: RowsQuery, caller: Principal): Promise<Page<EvidenceRow>> {
    const wanted = knownIndicator(id, query);
    const seen = await seenScope(this.records.db, caller, query.scope);
    const period = elapsedPart(windowOf(query), this.clock.now());
    return evidenceRows(this.records.db, { ...seen, period }, wanted, query);
  }

  async ranking(query: RankingQuery, caller: Principal): Promise<readonly RankedView[]> {
    const wanted = knownIndicator(query.indicator, query);
    const period = periodOf(query.period);
    mustSuit(wanted, period.kind);
    return rank(this.records.db, caller, wanted, elapsedPart(period, this.clock.now()), query);
  }

  private async pairs(seen: SeenScope, indicators: readonly Indicator[], period: Period) {
    const part = elapsedPart(period, this.clock.now());
    const sums = await readSums(this.records.db, seen.scope, indicators, part, FIGURE_EVIDENCE, seen.firm);
    return indicators.map((each) => pairFrom(sums, each));
  }

  private async targets(seen: SeenScope, period: Period): Promise<readonly TargetView[]> {
    if (seen.district === null) return [];
    const until = Math.min(period.to - 1, Math.max(period.from, this.clock.now()));
    const inForce = await policiesInForce(this.records.db, seen.district, shanghaiDate(until));
    const wanted = inForce.flatMap((policy) =>
      (this.policies.find(policy.profile)?.indicators ?? []).map((target) => ({
        policy,
        target,
        of: targetIndicator(target),
      })),
    );
    const views: TargetView[] = [];
    // One reading a length of period, however many targets have it.
    for (const kind of new Set(wanted.map(({ target, of }) => target.period ?? of.period))) {
      const own = periodAt(kind, period, until);
      const same = wanted.filter(({ target, of }) => (target.period ?? of.period) === kind);
      const pairs = await this.pairs(
        seen,
        same.map(({ of }) => of),
        own,
      );
      for (const [place, { policy, target }] of same.entries()) {
        const pair = pairs[place];
        if (pair !== undefined) views.push(this.target(policy, target, pair, own));
      }
    }
    return views;
  }

  private target(
    policy: DistrictPolicy,
    target: PolicyTarget,
    pair: Parameters<typeof targetView>[2],
    period: Period,
  ): TargetView {
    return targetView(policy, target, pair, this.view(period));
  }

  private view(period: Period): PeriodView {
    const iso = (at: number) => new Date(at).toISOString();
    const { kind, label, from, to } = period;
    return {
      kind,
      label,
      from: iso(from),
      to: iso(to),
      until: iso(elapsedPart(period, this.clock.now()).to),
    };
  }
}

/** The period of a target's own length in which the page's ends. */
function periodAt(kind: PeriodKind, page: Period, until: number): Period {
  if (kind === page.kind) return page;
  return kind === 'rolling' ? rollingPeriod(30, until) : calendarPeriod(kind, until);
}

/**
 * Throws a 404 problem for an id that no indicator has, a 400 one for a parameter that this one has not or
 * that is out of its range.
 */
function knownIndicator(id: string, { limitMinutes, atLeast }: ParametersQuery): Indicator {
  if (!isIndicatorId(id)) {
    throw problem(
      404,
      'Not Found',
      `There is no indicator "${id.slice(0, 80)}"; /api/v1/indicators names them.`,
    );
  }
  const parameters = { ...(limitMinutes != null && { limitMinutes }), ...(atLeast != null && { atLeast }) };
  const message = parameterFault(id, parameters);
  if (message === null) return indicator(id, parameters);
  const field = limitMinutes != null && message.includes('limitMinutes') ? 'limitMinutes' : 'atLeast';
  throw problem(400, 'Invalid request', `${message}.`, [{ field, message }]);
}

/** Throws a 400 problem for a text that is no period. */
export function periodOf(text: string): Period {
  const read = readPeriod(text);
  if (read.ok) return read.period;
  const message = `period ${JSON.stringify(text)} is refused: ${read.refusal}`;
  throw problem(400, 'Invalid request', `${message}.`, [{ field: 'period', message }]);
}

function mustSuit({ id, periods }: Indicator, kind: PeriodKind): void {
  if (periods.includes(kind)) return;
  const message = `${id} is not for a ${kind}; use ${periods.join(' or ')}`;
  throw problem(400, 'Invalid request', `${message}.`, [{ field: 'period', message }]);
}

function windowOf({ period, from, to }: RowsQuery): Period {
  if (period !== undefined) return periodOf(period);
  const window = {
    kind: 'rolling',
    label: '',
    from: Date.parse(from ?? ''),
    to: Date.parse(to ?? ''),
  } as const;
  if (window.from < window.to) return window;
  const message = 'give period, or from and a later to';
  throw problem(400, 'Invalid request', `${message}.`, [{ field: 'period', message }]);
}
