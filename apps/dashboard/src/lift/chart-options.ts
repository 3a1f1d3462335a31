import type { EChartsCoreOption } from 'echarts/core';
import { formatClock, formatMoment } from '../time-format.js';
import type { Bucket, Change, Series } from './series-view.js';
import type { Window } from './series-window.js';
import { sortFloors } from './shaft-model.js';

/** Sizes of the drawing in letters: it grows with them on a wall. */
const TOP = 2;
const NUMBERS_H = 10.5;
const STATES_H = 7;
const GAP = 3;
const FOOT = 3.6;
const LEFT = 7;
/** A hole of more than so many buckets is a hole and not a line across it. */
const HOLE_BUCKETS = 3;
/** Told apart by place and title, not by colour alone. */
const COLOURS = ['#1f5a94', '#a8500a', '#1f7a45', '#7a3b8f'];

/** A canvas inherits no letters: the page's own, and their size in CSS pixels. */
export interface ChartLook {
  readonly fontFamily: string;
  readonly fontPx: number;
}

export interface ChartTexts {
  readonly fieldName: (field: string) => string;
  readonly stateName: (field: string, value: string) => string;
}

/** Height of the drawing of these series, CSS pixels. */
export function chartHeight(series: readonly Series[], fontPx: number): number {
  const rows = series.reduce((sum, { type }) => sum + (type === 'numbers' ? NUMBERS_H : STATES_H) + GAP, 0);
  return Math.round((TOP + rows + FOOT) * fontPx);
}

/**
 * One strip a field, one below the other on one axis of time: fields are compared by place, whatever their
 * units. Numbers: the mean as a line in the band from minimum to maximum. States: steps.
 */
export function chartOptions(
  series: readonly Series[],
  bounds: Window,
  view: Window,
  texts: ChartTexts,
  { fontFamily, fontPx }: ChartLook,
): EChartsCoreOption {
  const px = (letters: number) => Math.round(letters * fontPx);
  let top = TOP;
  const strips = series.map((each, index) => {
    const height = each.type === 'numbers' ? NUMBERS_H : STATES_H;
    const isLast = index === series.length - 1;
    const place = { left: px(LEFT), top: px(top), height: px(height), fontPx, isLast };
    const strip = makeStrip(each, index, place, bounds, texts);
    top += height + GAP;
    return strip;
  });
  const axes = series.map((_, index) => index);
  const zoom = { xAxisIndex: axes, startValue: view.fromMs, endValue: view.toMs, filterMode: 'none' };
  return {
    animation: false,
    textStyle: { fontFamily, fontSize: fontPx },
    title: strips.map(({ title }) => title),
    grid: strips.map(({ grid }) => grid),
    xAxis: strips.map(({ xAxis }) => xAxis),
    yAxis: strips.map(({ yAxis }) => yAxis),
    series: strips.flatMap(({ lines }) => lines),
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: '#4d5b6a' } },
    tooltip: { trigger: 'axis', confine: true, formatter: sayOf(series, texts) },
    dataZoom: [
      {
        type: 'inside',
        ...zoom,
        zoomOnMouseWheel: 'ctrl',
        moveOnMouseWheel: false,
        preventDefaultMouseMove: false,
      },
      {
        type: 'slider',
        ...zoom,
        bottom: 8,
        height: px(2),
        showDataShadow: false,
        labelFormatter: (at: number) => formatClock(at),
      },
    ],
  };
}

/** What one field takes of each list of the options. */
interface Strip {
  readonly title: object;
  readonly grid: object;
  readonly xAxis: object;
  readonly yAxis: object;
  readonly lines: readonly object[];
}

/** CSS pixels. */
interface StripPlace {
  readonly left: number;
  readonly top: number;
  readonly height: number;
  readonly fontPx: number;
  readonly isLast: boolean;
}

function makeStrip(
  series: Series,
  index: number,
  place: StripPlace,
  bounds: Window,
  texts: ChartTexts,
): Strip {
  const colour = COLOURS[index % COLOURS.length] ?? '#1f5a94';
  const unit = series.type === 'numbers' && series.unit !== '' ? ` (${series.unit})` : '';
  return {
    title: {
      text: `${texts.fieldName(series.field)}${unit}`,
      left: place.left,
      top: place.top - Math.round(1.8 * place.fontPx),
      textStyle: { fontSize: place.fontPx, fontWeight: 600, color: colour },
    },
    grid: { left: place.left, right: 20, top: place.top, height: place.height },
    xAxis: {
      type: 'time',
      gridIndex: index,
      min: bounds.fromMs,
      max: bounds.toMs,
      axisLabel: { show: place.isLast, hideOverlap: true, color: '#4d5b6a', fontSize: place.fontPx },
      axisPointer: { label: { show: false } },
    },
    yAxis: yAxisOf(series, index, place, texts),
    lines:
      series.type === 'numbers'
        ? numberLines(series, index, colour)
        : [stateLine(series, index, colour, bounds)],
  };
}

function yAxisOf(series: Series, index: number, { fontPx, left }: StripPlace, texts: ChartTexts) {
  const label = { color: '#4d5b6a', fontSize: fontPx };
  if (series.type === 'numbers') {
    return { type: 'value', gridIndex: index, scale: true, splitNumber: 3, axisLabel: label };
  }
  const formatter = (value: string) => texts.stateName(series.field, value);
  return {
    type: 'category',
    gridIndex: index,
    data: statesOf(series.changes),
    boundaryGap: true,
    splitLine: { show: true },
    axisLabel: { ...label, width: left - fontPx, overflow: 'truncate', formatter },
  };
}

function numberLines(series: Extract<Series, { type: 'numbers' }>, index: number, colour: string) {
  const line = (data: readonly (readonly [number, number | null])[], more: object) => ({
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    showSymbol: false,
    silent: true,
    data,
    ...more,
  });
  const buckets = withHoles(series.buckets, series.bucketMs);
  const pick = (value: (bucket: Bucket) => number) =>
    buckets.map(({ atMs, bucket }) => [atMs, bucket === null ? null : value(bucket)] as const);
  // ECharts draws a band as two stacked lines: the lower edge unseen, and the distance to the upper one.
  const band = { stack: `band-${index}`, stackStrategy: 'all', lineStyle: { opacity: 0 } };
  return [
    line(
      pick(({ min }) => min),
      band,
    ),
    line(
      pick(({ min, max }) => max - min),
      { ...band, areaStyle: { color: colour, opacity: 0.18 } },
    ),
    line(
      pick(({ mean }) => mean),
      { lineStyle: { color: colour, width: 1.6 }, showSymbol: buckets.length < 3 },
    ),
  ];
}

function stateLine(
  series: Extract<Series, { type: 'states' }>,
  index: number,
  colour: string,
  bounds: Window,
) {
  const last = series.changes.at(-1);
  // What holds at the end goes on to the end of the drawing.
  const changes = last === undefined ? [] : [...series.changes, { atMs: bounds.toMs, value: last.value }];
  return {
    type: 'line',
    step: 'end',
    xAxisIndex: index,
    yAxisIndex: index,
    showSymbol: false,
    silent: true,
    lineStyle: { color: colour, width: 2 },
    data: changes.map(({ atMs, value }) => [atMs, value]),
  };
}

/** The states that occur, floors from the lowest. */
export function statesOf(changes: readonly Change[]): readonly string[] {
  return sortFloors(changes.flatMap(({ value }) => (value === null ? [] : [value])));
}

/** A line must not run across a time of which nothing is known: an empty point breaks it there. */
export function withHoles(
  buckets: readonly Bucket[],
  bucketMs: number,
): readonly { readonly atMs: number; readonly bucket: Bucket | null }[] {
  const points: { atMs: number; bucket: Bucket | null }[] = [];
  let before: number | null = null;
  for (const bucket of buckets) {
    if (before !== null && bucketMs > 0 && bucket.atMs - before > HOLE_BUCKETS * bucketMs) {
      points.push({ atMs: before + bucketMs, bucket: null });
    }
    points.push({ atMs: bucket.atMs, bucket });
    before = bucket.atMs;
  }
  return points;
}

/**
 * What the pointer shows. As an element and not as HTML text: a floor's mark comes from a terminal, and may
 * hold anything.
 */
function sayOf(series: readonly Series[], texts: ChartTexts) {
  return (given: unknown): HTMLElement => {
    const first = (Array.isArray(given) ? given[0] : given) as { readonly axisValue?: unknown } | undefined;
    const atMs = Number(first?.axisValue ?? 0);
    const box = document.createElement('div');
    for (const text of [formatMoment(atMs), ...series.map((each) => sayAt(each, atMs, texts))]) {
      const line = document.createElement('div');
      line.textContent = text;
      box.append(line);
    }
    return box;
  };
}

/** One line of the tooltip: what a field was at a moment. */
export function sayAt(series: Series, atMs: number, texts: ChartTexts): string {
  const name = texts.fieldName(series.field);
  if (series.type === 'states') {
    const state = series.changes.findLast((change) => change.atMs <= atMs)?.value ?? null;
    return `${name}: ${state === null ? '—' : texts.stateName(series.field, state)}`;
  }
  const bucket = series.buckets.findLast((each) => each.atMs <= atMs);
  if (bucket === undefined || atMs - bucket.atMs > HOLE_BUCKETS * series.bucketMs) return `${name}: —`;
  const { mean, min, max } = bucket;
  return `${name}: ${short(mean)} (${short(min)} … ${short(max)}) ${series.unit}`;
}

/** A number as people read it: at most two decimals. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
