import { FAULT_CATALOGUE, type OrderKind, shanghaiDay } from '#domain';
import type { FaultKind } from '#protocol';
import type { Dims } from './scope-keys.js';

/** Where a fact comes from; with its id there the fact's identity. */
export const FACT_SOURCES = ['fault', 'order', 'inspection', 'maintenance', 'runs', 'run-ms'] as const;
export type FactSource = (typeof FACT_SOURCES)[number];

/** Person's word on a fault. */
export type Verdict = 'false' | 'genuine';

/** One thing that counts, apart from the scopes it counts under. */
export interface FactCore {
  readonly source: FactSource;
  readonly id: string;
  /** What it counts as: each fact is of exactly one of these. */
  readonly metric: string;
  /** Kind of the fault, order or maintenance; null of the rest. */
  readonly kind: string | null;
  readonly lift: string;
  /** When it happened, ms since 1970 UTC; what comes late counts on the day it belongs to. */
  readonly at: number;
  /** 1, or the runs or milliseconds it stands for. */
  readonly weight: number;
  /** When the fault was over, the order closed: from then on it is official. */
  readonly endedAt: number | null;
  /** By late evidence. */
  readonly withdrawn: boolean;
  readonly verdict: Verdict | null;
  /** Further metrics it counts in. */
  readonly flags: readonly string[];
  /** Of orders: call to answer, call to arrival, arrival to release, ms; null = not written down. */
  readonly answerMs: number | null;
  readonly arrivalMs: number | null;
  readonly releaseMs: number | null;
}

export interface Fact extends FactCore {
  /** Shanghai day of `at`. */
  readonly day: number;
  /** As they were at `at`. */
  readonly dims: Dims;
}

const NO_FLAGS: readonly string[] = [];

/** What a fact has beside that. */
type FactDetails = Partial<Omit<FactCore, 'source' | 'id' | 'metric' | 'lift' | 'at'>>;

/** A fact that has nothing but its identity, metric and time; `changes` say the rest. */
export function factCore(
  core: Pick<FactCore, 'source' | 'id' | 'metric' | 'lift' | 'at'>,
  changes: FactDetails = {},
): FactCore {
  return {
    source: core.source,
    id: core.id,
    metric: core.metric,
    kind: changes.kind ?? null,
    lift: core.lift,
    at: core.at,
    weight: changes.weight ?? 1,
    endedAt: changes.endedAt ?? null,
    withdrawn: changes.withdrawn ?? false,
    verdict: changes.verdict ?? null,
    flags: changes.flags ?? NO_FLAGS,
    answerMs: changes.answerMs ?? null,
    arrivalMs: changes.arrivalMs ?? null,
    releaseMs: changes.releaseMs ?? null,
  };
}

export function withDims(core: FactCore, dims: Dims): Fact {
  return {
    source: core.source,
    id: core.id,
    metric: core.metric,
    kind: core.kind,
    lift: core.lift,
    at: core.at,
    weight: core.weight,
    endedAt: core.endedAt,
    withdrawn: core.withdrawn,
    verdict: core.verdict,
    flags: core.flags,
    answerMs: core.answerMs,
    arrivalMs: core.arrivalMs,
    releaseMs: core.releaseMs,
    day: shanghaiDay(core.at),
    dims,
  };
}

/** Not judged false and not withdrawn. A person's "genuine" outweighs evidence that withdrew it. */
export function isProvisional({ withdrawn, verdict }: Pick<FactCore, 'withdrawn' | 'verdict'>): boolean {
  return verdict === 'genuine' || (verdict === null && !withdrawn);
}

/** That, and over: an open fault may still turn out to be none. */
export function isOfficial(fact: Pick<FactCore, 'withdrawn' | 'verdict' | 'endedAt'>): boolean {
  return isProvisional(fact) && (fact.endedAt !== null || fact.verdict === 'genuine');
}

/** What a fact counts as. */
export function tokensOf({ metric, flags }: Pick<FactCore, 'metric' | 'flags'>): readonly string[] {
  return [metric, ...flags];
}

/** Terminal faults by whose they are; an entrapment is the lift's own and also counts alone. */
export function faultMetric(kind: FaultKind): string {
  if (kind === 'entrapment') return 'faults.entrapment';
  return { lift: 'faults.other-of-lift', terminal: 'faults.of-terminal', supply: 'faults.of-supply' }[
    FAULT_CATALOGUE[kind].owner
  ];
}

export function orderMetric(kind: OrderKind): string {
  return `orders.${kind}`;
}

export function sameFact(one: Fact, other: Fact): boolean {
  return JSON.stringify(comparable(one)) === JSON.stringify(comparable(other));
}

function comparable(fact: Fact): readonly unknown[] {
  const { source, id, metric, kind, lift, at, weight, endedAt, withdrawn, verdict, flags, dims } = fact;
  const { answerMs, arrivalMs, releaseMs } = fact;
  const { district, firm, user, site, maker, useKind, ageBand } = dims;
  const of = [district, firm, user, site, maker, useKind, ageBand];
  const times = [answerMs, arrivalMs, releaseMs];
  return [source, id, metric, kind, lift, at, weight, endedAt, withdrawn, verdict, flags, times, of];
}
