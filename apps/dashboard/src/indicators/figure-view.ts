import type { FigureReason, IndicatorUnit } from '#domain';
import type { Scope } from '../alarm-subject.js';
import type { Json } from '../http.js';
import { flag, moment, number, record, text } from '../read-json.js';

/** One reading of a figure, as `/api/v1/indicators` sends it. */
export interface FigureView {
  /** Null = there is none; `reason` says why. */
  readonly value: number | null;
  /** As published. */
  readonly printed: string | null;
  readonly numerator: number;
  readonly denominator: number;
  readonly length: number | null;
  /** Too little to be ranked or judged. */
  readonly tiny: boolean;
  /** Wilson 95 % interval, in the unit. */
  readonly low: number | null;
  readonly high: number | null;
  /** Orders whose times were not used, by why. */
  readonly leftOut: Readonly<Record<string, number>> | null;
  /** A `FigureReason`, or one of a newer server. */
  readonly reason: FigureReason | string;
}

/** What a figure was asked with; null = its indicator has no such parameter. */
export interface FigureParameters {
  readonly limitMinutes: number | null;
  readonly atLeast: number | null;
}

export const NO_PARAMETERS: FigureParameters = { limitMinutes: null, atLeast: null };

export interface IndicatorView extends FigureParameters {
  readonly indicator: string;
  readonly formula: string;
  /** An `IndicatorUnit`. */
  readonly unit: IndicatorUnit | string;
  readonly digits: number;
  readonly numeratorName: string;
  readonly denominatorName: string | null;
  readonly source: string;
  readonly official: FigureView;
  readonly provisional: FigureView | null;
}

export interface PeriodView {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where a running period is cut: now. */
  readonly untilMs: number;
}

export const VERDICT_NAMES = ['kept', 'missed', 'missed-not-due', 'unjudged'] as const;
export type VerdictName = (typeof VERDICT_NAMES)[number];

export interface TargetView {
  readonly profile: string;
  readonly district: string;
  readonly id: string;
  readonly clause: string;
  readonly direction: string;
  readonly target: number;
  readonly scopeKind: string;
  /** `YYYY-MM-DD`. */
  readonly by: string | null;
  readonly verdict: VerdictName | string;
  readonly period: PeriodView;
  readonly figure: IndicatorView;
}

export interface Figures {
  readonly scope: Scope;
  readonly period: PeriodView;
  readonly figures: readonly IndicatorView[];
  readonly targets: readonly TargetView[];
}

export interface TrendPoint {
  readonly period: PeriodView;
  readonly figure: IndicatorView;
}

export interface Ranked {
  readonly rank: number | null;
  readonly scope: string;
  readonly formula: string;
  readonly figure: FigureView;
}

/** A row behind a figure. Times in ms since 1970 UTC. */
export interface EvidenceRow {
  /** `fault`, `order`, `inspection`, `maintenance`, `runs`, `run-ms`, `lift-time`, or a newer one. */
  readonly source: string;
  readonly id: string;
  readonly lift: string;
  readonly kind: string | null;
  readonly atMs: number;
  readonly endedAtMs: number | null;
  readonly weight: number;
  readonly official: boolean;
  readonly answerMs: number | null;
  readonly arrivalMs: number | null;
  readonly releaseMs: number | null;
  readonly inService: boolean | null;
  readonly monitored: boolean | null;
  readonly district: string;
  readonly firm: string | null;
}

export function readFigures(value: unknown): Figures | null {
  const raw = record(value);
  const [scope, period] = [record(raw?.scope), readPeriod(raw?.period)];
  const [kind, id] = [text(scope?.kind), text(scope?.id)];
  if (raw === null || period === null || kind === null || id === null) return null;
  return {
    scope: { kind, id },
    period,
    figures: listOf(raw.figures, readIndicator),
    targets: listOf(raw.targets, readTarget),
  };
}

/** What can be read of a list; one item more that a newer server sends must not hide the others. */
function listOf<T>(value: unknown, read: (item: unknown) => T | null): readonly T[] {
  return Array.isArray(value) ? value.map(read).filter((item) => item !== null) : [];
}

function readPeriod(value: unknown): PeriodView | null {
  const raw = record(value);
  const [label, fromMs, toMs] = [text(raw?.label), moment(raw?.from), moment(raw?.to)];
  if (label === null || fromMs === null || toMs === null) return null;
  return { label, fromMs, toMs, untilMs: moment(raw?.until) ?? toMs };
}

export function readIndicator(value: unknown): IndicatorView | null {
  const raw = record(value);
  const [indicator, official] = [text(raw?.indicator), readFigure(raw?.official)];
  if (raw === null || indicator === null || official === null) return null;
  return {
    indicator,
    official,
    provisional: readFigure(raw.provisional),
    formula: text(raw.formula) ?? '',
    limitMinutes: number(raw.limitMinutes),
    atLeast: number(raw.atLeast),
    unit: text(raw.unit) ?? '',
    digits: number(raw.digits) ?? 2,
    numeratorName: text(raw.numeratorName) ?? '',
    denominatorName: text(raw.denominatorName),
    source: text(raw.source) ?? '',
  };
}

export function readFigure(value: unknown): FigureView | null {
  const raw = record(value);
  const [numerator, denominator] = [number(raw?.numerator), number(raw?.denominator)];
  if (raw === null || numerator === null || denominator === null) return null;
  return {
    numerator,
    denominator,
    value: number(raw.value),
    printed: text(raw.printed),
    length: number(raw.length),
    tiny: flag(raw.tiny) ?? false,
    low: number(raw.low),
    high: number(raw.high),
    leftOut: readLeftOut(record(raw.leftOut)),
    reason: text(raw.reason) ?? 'computed',
  };
}

function readLeftOut(raw: Json | null): FigureView['leftOut'] {
  if (raw === null) return null;
  return Object.fromEntries(Object.entries(raw).map(([why, count]) => [why, number(count) ?? 0]));
}

function readTarget(value: unknown): TargetView | null {
  const raw = record(value);
  const [profile, id, target] = [text(raw?.profile), text(raw?.id), number(raw?.target)];
  const [period, figure] = [readPeriod(raw?.period), readIndicator(raw?.figure)];
  if (raw === null || profile === null || id === null || target === null) return null;
  if (period === null || figure === null) return null;
  return {
    profile,
    id,
    target,
    period,
    figure,
    district: text(raw.district) ?? '',
    clause: text(raw.clause) ?? '',
    direction: text(raw.direction) ?? '',
    scopeKind: text(raw.scopeKind) ?? '',
    by: text(raw.by),
    verdict: text(raw.verdict) ?? 'unjudged',
  };
}

export function readTrendPoint(value: unknown): TrendPoint | null {
  const raw = record(value);
  const [period, figure] = [readPeriod(raw?.period), readIndicator(raw?.figure)];
  return period === null || figure === null ? null : { period, figure };
}

export function readRanked(value: unknown): Ranked | null {
  const raw = record(value);
  const [scope, figure] = [text(raw?.scope), readFigure(raw?.figure)];
  if (scope === null || figure === null) return null;
  return { rank: number(raw?.rank), scope, formula: text(raw?.formula) ?? '', figure };
}

export function readEvidence(value: unknown): EvidenceRow | null {
  const raw = record(value);
  const [source, id, lift] = [text(raw?.source), text(raw?.id), text(raw?.lift)];
  const atMs = moment(raw?.at);
  if (raw === null || source === null || id === null || lift === null || atMs === null) return null;
  return {
    source,
    id,
    lift,
    atMs,
    kind: text(raw.kind),
    endedAtMs: moment(raw.endedAt),
    weight: number(raw.weight) ?? 1,
    official: flag(raw.official) ?? false,
    answerMs: number(raw.answerMs),
    arrivalMs: number(raw.arrivalMs),
    releaseMs: number(raw.releaseMs),
    inService: flag(raw.inService),
    monitored: flag(raw.monitored),
    district: text(raw.district) ?? '',
    firm: text(raw.firm),
  };
}

/** A target's own name in the address: one plan may be in force in a county and again in its township. */
export function targetKey({ profile, id, district }: TargetView): string {
  return `${profile}:${id}@${district}`;
}
