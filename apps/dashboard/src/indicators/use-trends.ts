import { useEffect, useState } from 'react';
import { useWork } from '../work.js';
import type { IndicatorView, TargetView, TrendPoint } from './figure-view.js';
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

/** One trend, however many targets show it: a target may have a limit of its own. */
export function trendKey(figure: IndicatorView, label: string): string {
  const { indicator, limitMinutes, atLeast } = figure;
  return [indicator, trendPeriodOf(indicator, label), limitMinutes, atLeast].join('|');
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
  const wanted = targets.map(({ figure, period }) => trendKey(figure, period.label));
  const keys = [...new Set(wanted)].join(' ');
  const of = `${scope} ${keys}`;
  useEffect(() => {
    const leaving = new AbortController();
    const readAll = async () => {
      const trends = new Map<string, readonly TrendPoint[]>();
      for (const key of keys.split(' ').filter((each) => each !== '')) {
        const [id = '', by = '', limit = '', atLeast = ''] = key.split('|');
        const asked = { scope, by, points: POINTS, limitMinutes: wholeOr(limit), atLeast: wholeOr(atLeast) };
        const answer = await indicators.trend(id, asked, leaving.signal);
        if (leaving.signal.aborted) return;
        if (!answer.ok) continue;
        trends.set(key, answer.value);
        setHeld({ of, trends: new Map(trends) });
      }
    };
    void readAll();
    return () => leaving.abort();
  }, [indicators, scope, keys, of]);
  return held.of === of ? held.trends : NONE;
}

function wholeOr(text: string): number | null {
  return text === '' ? null : Number(text);
}
