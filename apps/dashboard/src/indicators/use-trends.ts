import { useEffect, useState } from 'react';
import { useWork } from '../work.js';
import type { TargetView, TrendPoint } from './figure-view.js';
import { trendPeriods } from './indicator-list.js';
import { readPeriodLabel } from './period-choice.js';

/** Points of the small line beside a target. */
const POINTS = 12;

type Trends = ReadonlyMap<string, readonly TrendPoint[]>;
const NONE: Trends = new Map();

/** The length of the points of a target's trend: the target's own, of a rolling one months. */
export function trendPeriodOf(indicator: string, label: string): string | null {
  const offered = trendPeriods(indicator);
  const kind = readPeriodLabel(label)?.kind;
  return offered.find((each) => each === kind) ?? offered[0] ?? null;
}

export function trendKey(indicator: string, by: string | null): string {
  return `${indicator}|${by}`;
}

/**
 * The trends of the targets in view, read one at a time behind the figures: the table must not wait for them,
 * nor the server for thirty at once. One that fails is left out.
 */
export function useTrends(scope: string, targets: readonly TargetView[]): Trends {
  const { indicators } = useWork();
  const [held, setHeld] = useState<{ readonly of: string; readonly trends: Trends }>({
    of: '',
    trends: NONE,
  });
  const wanted = targets.map(({ figure, period }) =>
    trendKey(figure.indicator, trendPeriodOf(figure.indicator, period.label)),
  );
  const asked = [...new Set(wanted)].join(' ');
  const of = `${scope} ${asked}`;
  useEffect(() => {
    const leaving = new AbortController();
    const readAll = async () => {
      const trends = new Map<string, readonly TrendPoint[]>();
      for (const key of asked.split(' ').filter((each) => each !== '')) {
        const [id = '', by = ''] = key.split('|');
        const answer = await indicators.trend(id, { scope, by, points: POINTS }, leaving.signal);
        if (leaving.signal.aborted) return;
        if (!answer.ok) continue;
        trends.set(key, answer.value);
        setHeld({ of, trends: new Map(trends) });
      }
    };
    void readAll();
    return () => leaving.abort();
  }, [indicators, scope, asked, of]);
  return held.of === of ? held.trends : NONE;
}
