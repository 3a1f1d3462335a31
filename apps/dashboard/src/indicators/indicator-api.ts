import type { FigureEvidence } from '#domain';
import type { ApiResult, Http } from '../http.js';
import { type ListPage, readOne, readPage } from '../read-json.js';
import {
  type EvidenceRow,
  type FigureParameters,
  type Figures,
  type Ranked,
  readEvidence,
  readFigures,
  readRanked,
  readTrendPoint,
  type TrendPoint,
} from './figure-view.js';
import { type FindingQuery, type FindingView, readFinding } from './finding-view.js';
import { bodyOfRule, type RuleBody } from './rule-draft.js';
import {
  type BacktestResult,
  type DistrictPolicy,
  type Policy,
  type RuleState,
  type RuleView,
  readBacktest,
  readDistrictPolicy,
  readPolicy,
  readRule,
  readRuleState,
} from './rule-view.js';

const PAGE = 50;
/** Rules and profiles are few: one page has them all, or the most that matter. */
const WHOLE_PAGE = 500;
/** A backtest over a year of a city takes half a minute; milliseconds. */
const BACKTEST_TIMEOUT_MS = 120_000;

export type Part = 'numerator' | 'denominator';

export interface TrendQuery extends FigureParameters {
  readonly scope: string;
  readonly by: string | null;
  readonly points: number;
}

export interface RowsQuery extends FigureParameters {
  readonly scope: string;
  /** A period's label, or the window `from`–`to` of a rule (ISO 8601). */
  readonly period: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly evidence: FigureEvidence;
  readonly part: Part;
}

export interface RankingQuery {
  readonly by: string;
  readonly indicator: string;
  readonly period: string;
  /** District of 6 digits or more. */
  readonly in: string | null;
  readonly evidence: FigureEvidence;
}

type Page<T> = Promise<ApiResult<ListPage<T>>>;

/** What the page of the indicators asks the server. */
export class IndicatorApi {
  constructor(private readonly http: Http) {}

  async figures(scope: string, period: string, signal: AbortSignal): Promise<ApiResult<Figures>> {
    const path = '/indicators';
    return readOne(path, await this.http.get(path, { scope, period }, signal), readFigures);
  }

  async trend(id: string, query: TrendQuery, signal: AbortSignal): Promise<ApiResult<readonly TrendPoint[]>> {
    const path = `/indicators/${encodeURIComponent(id)}/trend`;
    return itemsOf(readPage(path, await this.http.get(path, { ...query }, signal), readTrendPoint));
  }

  async rows(id: string, query: RowsQuery, cursor: string | null, signal: AbortSignal): Page<EvidenceRow> {
    const path = `/indicators/${encodeURIComponent(id)}/rows`;
    return readPage(path, await this.http.get(path, { ...query, cursor, limit: PAGE }, signal), readEvidence);
  }

  async ranking(query: RankingQuery, signal: AbortSignal): Page<Ranked> {
    const path = '/indicators/ranking';
    return readPage(path, await this.http.get(path, { ...query }, signal), readRanked);
  }

  async findings(query: FindingQuery, cursor: string | null, signal: AbortSignal): Page<FindingView> {
    const path = '/findings';
    return readPage(path, await this.http.get(path, { ...query, cursor, limit: PAGE }, signal), readFinding);
  }

  async policies(signal: AbortSignal): Promise<ApiResult<readonly Policy[]>> {
    return itemsOf(
      readPage('/policies', await this.http.get('/policies', { limit: WHOLE_PAGE }, signal), readPolicy),
    );
  }

  async districtPolicies(code: string, signal: AbortSignal): Promise<ApiResult<readonly DistrictPolicy[]>> {
    const path = policiesPath(code);
    return itemsOf(readPage(path, await this.http.get(path, {}, signal), readDistrictPolicy));
  }

  putPolicy(code: string, body: { readonly profile: string; readonly fromOn: string }) {
    return this.http.changeTagged('PUT', policiesPath(code), null, body);
  }

  endPolicy(code: string, profile: string) {
    return this.http.delete(`${policiesPath(code)}?profile=${encodeURIComponent(profile)}`);
  }

  async rules(cursor: string | null, signal: AbortSignal): Page<RuleView> {
    return readPage('/rules', await this.http.get('/rules', { cursor, limit: PAGE }, signal), readRule);
  }

  async ruleStates(id: string, signal: AbortSignal): Promise<ApiResult<readonly RuleState[]>> {
    const path = `${rulePath(id)}/states`;
    return itemsOf(readPage(path, await this.http.get(path, { limit: WHOLE_PAGE }, signal), readRuleState));
  }

  makeRule(id: string, body: RuleBody): Promise<ApiResult<unknown>> {
    return this.http.post('/rules', { id, ...body });
  }

  disableRule(id: string): Promise<ApiResult<unknown>> {
    return this.http.delete(rulePath(id));
  }

  /** The rule as it is stored now, running again; status 412 when somebody changes it meanwhile. */
  async enableRule(id: string): Promise<ApiResult<unknown>> {
    const read = await this.http.getTagged(rulePath(id));
    if (!read.ok) return read;
    const rule = readRule(read.value.value);
    if (rule === null) return { ok: false, reason: 'refused', status: 200, detail: `GET ${rulePath(id)}` };
    const body = { ...bodyOfRule(rule), enabled: true };
    return this.http.changeTagged('PUT', rulePath(id), read.value.tag, body);
  }

  async backtest(body: RuleBody, fromMs: number): Promise<ApiResult<BacktestResult>> {
    const path = '/rules/backtest';
    const asked = { ...body, from: new Date(fromMs).toISOString() };
    const answer = await this.http.post(path, asked, { timeoutMs: BACKTEST_TIMEOUT_MS });
    return readOne(path, answer, readBacktest);
  }
}

function rulePath(id: string): string {
  return `/rules/${encodeURIComponent(id)}`;
}

function policiesPath(code: string): string {
  return `/districts/${encodeURIComponent(code)}/policies`;
}

function itemsOf<T>(page: ApiResult<ListPage<T>>): ApiResult<readonly T[]> {
  return page.ok ? { ok: true, value: page.value.items } : page;
}
