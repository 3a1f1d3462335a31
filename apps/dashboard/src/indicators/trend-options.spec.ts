import fc from 'fast-check';
import type { FigureView, TrendPoint } from './figure-view.js';
import { axisTop, sparkline, trendOptions } from './trend-options.js';

function reading(value: number | null, tiny = false): FigureView {
  return {
    value,
    tiny,
    printed: value === null ? null : value.toFixed(2),
    numerator: 1,
    denominator: 100,
    length: 1,
    low: null,
    high: null,
    leftOut: null,
    reason: tiny ? 'tiny-exposure' : 'computed',
  };
}

function point(label: string, official: FigureView, provisional: FigureView | null): TrendPoint {
  return {
    period: { label, fromMs: 0, toMs: 1, untilMs: 1 },
    figure: {
      indicator: 'mean-arrival',
      formula: 'mean(orders.arrival-time)',
      unit: 'minutes',
      digits: 1,
      numeratorName: 'orders.arrival-time',
      denominatorName: null,
      limitMinutes: null,
      atLeast: null,
      source: '',
      official,
      provisional,
    },
  };
}

const texts = {
  official: 'O',
  provisional: 'P',
  target: '≤ 30',
  figure: (value: number) => String(value),
  period: (label: string) => label,
};
const look = { fontFamily: 'sans-serif', fontPx: 12 };

interface Drawn {
  readonly name: string;
  readonly data: readonly { readonly value: number | null; readonly symbol?: string }[];
  readonly lineStyle: { readonly type: string };
  readonly markLine?: { readonly data: readonly { readonly yAxis: number }[] };
}
const drawn = (points: readonly TrendPoint[], target: number | null) =>
  trendOptions(points, target, texts, look).series as readonly Drawn[];

describe('the trend’s chart', () => {
  const points = [
    point('2026-09', reading(12), reading(13)),
    point('2026-10', reading(null), reading(15)),
    point('2026-11', reading(9, true), null),
  ];

  it('has both readings, told apart by their strokes; no figure is a gap, a tiny one a hollow point', () => {
    const [official, provisional] = drawn(points, 30);
    expect(official?.data.map(({ value }) => value)).toEqual([12, null, 9]);
    expect(official?.data.map(({ symbol }) => symbol)).toEqual([undefined, undefined, 'emptyCircle']);
    expect(provisional?.data.map(({ value }) => value)).toEqual([13, 15, null]);
    expect([official?.lineStyle.type, provisional?.lineStyle.type]).toEqual(['solid', 'dashed']);
    expect(official?.markLine?.data).toEqual([{ yAxis: 30 }]);
  });

  it('draws no second line and no target where there is none', () => {
    const lines = drawn([point('2026-10', reading(1), null)], null);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.markLine).toBeUndefined();
  });

  it.each([
    [0, 1],
    [Number.NaN, 1],
    [100, 150],
    [30, 35],
    [0.5, 0.55],
    [1, 1.5],
  ])('an axis for %d ends at %d', (most, top) => {
    expect(axisTop(most)).toBe(top);
  });

  it('an axis holds what is on it, without much air', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (most) => {
        expect(axisTop(most)).toBeGreaterThanOrEqual(most * 1.1 * (1 - 1e-9));
        expect(axisTop(most)).toBeLessThanOrEqual(most * 7);
      }),
    );
  });
});

describe('a small line', () => {
  it('is parted where a period has no figure, and runs from left to right', () => {
    const { runs, targetY } = sparkline([1, 2, null, 4], 4, 90, 20);
    expect(runs.map((run) => run.map(({ x }) => x))).toEqual([[0, 30], [90]]);
    expect(targetY).toBe(0);
    expect(runs[1]?.[0]?.y).toBe(0);
  });

  it('is nothing where nothing is', () => {
    expect(sparkline([null, null], null, 90, 20)).toEqual({ runs: [], targetY: null });
  });

  it('stays in its box, the larger figure above', () => {
    const values = fc.array(fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })), { maxLength: 24 });
    fc.assert(
      fc.property(values, fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })), (figures, target) => {
        const { runs } = sparkline(figures, target, 100, 20);
        const points = runs.flat();
        const known = figures.filter((value) => value !== null);
        expect(points).toHaveLength(known.length);
        points.forEach(({ x, y }, index) => {
          expect(x >= 0 && x <= 100 && y >= -1e-6 && y <= 20 + 1e-6).toBe(true);
          const [next, value, nextValue] = [points[index + 1], known[index], known[index + 1]];
          if (next !== undefined && value !== undefined && nextValue !== undefined && nextValue > value)
            expect(next.y).toBeLessThanOrEqual(y);
        });
      }),
    );
  });
});
