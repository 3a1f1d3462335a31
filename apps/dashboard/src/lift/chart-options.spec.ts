import { chartHeight, chartOptions, sayAt, statesOf, withHoles } from './chart-options.js';
import type { Series } from './series-view.js';

const texts = {
  fieldName: (field: string) => field,
  stateName: (_field: string, value: string) => `«${value}»`,
};
const look = { fontFamily: 'sans-serif', fontPx: 12 };
const bucket = (atMs: number, mean = 1) => ({ atMs, min: mean - 1, mean, max: mean + 2, count: 1 });
const speed: Series = {
  type: 'numbers',
  field: 'speed',
  unit: 'm/s',
  bucketMs: 10,
  buckets: [bucket(0), bucket(10, 3), bucket(200, 5)],
};
const floor: Series = {
  type: 'states',
  field: 'floor',
  truncated: false,
  changes: [
    { atMs: 0, value: '2' },
    { atMs: 50, value: '-1' },
    { atMs: 90, value: null },
  ],
};
const all = { fromMs: 0, toMs: 300 };

describe('the chart', () => {
  it('draws no line across a time of which nothing is known', () => {
    const drawn = withHoles(speed.type === 'numbers' ? speed.buckets : [], 10);
    expect(drawn.map(({ atMs, bucket: there }) => [atMs, there?.mean ?? null])).toEqual([
      [0, 1],
      [10, 3],
      [20, null],
      [200, 5],
    ]);
  });

  it('gives each field its strip, on one axis of time that zooms together', () => {
    const options = chartOptions([speed, floor], all, { fromMs: 100, toMs: 200 }, texts, look);
    expect(options.grid).toHaveLength(2);
    expect(options.series).toHaveLength(4);
    expect(options.dataZoom).toMatchObject([
      { xAxisIndex: [0, 1], startValue: 100, endValue: 200 },
      { xAxisIndex: [0, 1] },
    ]);
    expect(chartHeight([speed, floor], 12)).toBeGreaterThan(chartHeight([speed], 12));
  });

  it('carries the last state on to the end, and an unknown one as nothing', () => {
    const [line] = chartOptions([floor], all, all, texts, look).series as { data: unknown[] }[];
    expect(line?.data).toEqual([
      [0, '2'],
      [50, '-1'],
      [90, null],
      [300, null],
    ]);
    expect(statesOf(floor.type === 'states' ? floor.changes : [])).toEqual(['-1', '2']);
  });

  it.each([
    [speed, 12, 'speed: 3 (2 … 5) m/s'],
    [speed, 100, 'speed: —'],
    [speed, -1, 'speed: —'],
    [floor, 60, 'floor: «-1»'],
    [floor, 95, 'floor: —'],
  ])('says what was at a moment', (series, at, expected) => {
    expect(sayAt(series, at, texts)).toBe(expected);
  });
});
