import { INDICATORS } from '#domain';
import type { DistrictPolicy } from './district-policies.js';
import type { PolicyProfile } from './policy-profile.js';

/** A policy profile as the API shows it. */
export interface PolicyView {
  readonly id: string;
  /** As published. */
  readonly title: string;
  readonly placeZh: string;
  readonly placeEn: string;
  readonly year: number | null;
  readonly targets: readonly {
    readonly id: string;
    readonly indicator: string;
    readonly direction: string;
    readonly target: number;
    readonly period: string;
    readonly scopeKind: string;
    readonly by: string | null;
    readonly clause: string;
  }[];
}

export type DistrictPolicyView = DistrictPolicy;

/** A person's word on a fault. */
export interface JudgementView {
  readonly faultId: string;
  readonly verdict: 'false' | 'genuine';
  readonly reason: string;
  readonly judgedBy: string;
  readonly judgedAt: string;
}

export function policyView({ id, plan, indicators }: PolicyProfile): PolicyView {
  return {
    id,
    title: plan.title,
    placeZh: plan.place.zh,
    placeEn: plan.place.en,
    year: plan.year ?? null,
    targets: indicators.map((target) => ({
      id: target.id,
      indicator: target.indicator,
      direction: target.direction,
      target: target.target,
      period: target.period ?? INDICATORS[target.indicator].period,
      scopeKind: target.scope,
      by: target.by ?? null,
      clause: target.clause,
    })),
  };
}
