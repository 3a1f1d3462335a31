import type { EChartsCoreOption } from 'echarts/core';
import type { ChartLook } from '../lift/chart-options.js';
import type { TrendPoint } from './figure-view.js';

/** Sizes of the drawing in letters. */
const HEIGHT = 20;
const OFFICIAL = '#1f5a94';
const PROVISIONAL = '#a8500a';
const TARGET = '#b3201f';

export interface TrendTexts {
  readonly official: string;
  readonly provisional: string;
  /** `< 0.5 %/month`, beside its line. */
  readonly target: string;
  readonly figure: (value: number) => string;
  readonly period: (label: string) => string;
}

export function trendHeight(fontPx: number): number {
  return Math.round(HEIGHT * fontPx);
}

/**
 * Both readings as lines, told apart by their strokes and not by colour alone, and the target as a line
 * across.
 * A period without a figure is a gap and no 0; too little to be judged is a hollow point.
 */
export function trendOptions(
  points: readonly TrendPoint[],
  target: number | null,
  texts: TrendTexts,
  { fontFamily, fontPx }: ChartLook,
): EChartsCoreOption {
  const px = (letters: number) => Math.round(letters * fontPx);
  const line = (name: string, color: string, type: 'solid' | 'dashed', of: 'official' | 'provisional') => ({
    name,
    type: 'line',
    color,
    lineStyle: { width: 2, type, color },
    symbol: 'circle',
    symbolSize: px(0.6),
    data: points.map(({ figure }) => {
      const reading = figure[of];
      return { value: reading?.value ?? null, ...(reading?.tiny === true && { symbol: 'emptyCircle' }) };
    }),
  });
  const official = line(texts.official, OFFICIAL, 'solid', 'official');
  const hasBoth = points.some(({ figure }) => figure.provisional !== null);
  return {
    animation: false,
    textStyle: { fontFamily, fontSize: fontPx },
    grid: { left: px(4.5), right: px(1.5), top: px(3), bottom: px(2.4) },
    legend: { top: 0, left: 0, textStyle: { fontSize: fontPx, color: '#1c2733' } },
    xAxis: {
      type: 'category',
      data: points.map(({ period }) => period.label),
      axisLabel: { fontSize: fontPx, color: '#4d5b6a', hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: 0,
      // A target above every figure belongs in the picture.
      max: (range: { readonly max: number }) => axisTop(Math.max(range.max, target ?? 0)),
      axisLabel: { fontSize: fontPx, color: '#4d5b6a' },
      splitLine: { lineStyle: { color: '#e6ebf0' } },
    },
    tooltip: { trigger: 'axis', confine: true, formatter: sayOf(points, texts) },
    series: [
      { ...official, ...(target !== null && { markLine: targetLine(target, texts.target, fontPx) }) },
      ...(hasBoth ? [line(texts.provisional, PROVISIONAL, 'dashed', 'provisional')] : []),
    ],
  };
}

function targetLine(at: number, label: string, fontPx: number) {
  return {
    silent: true,
    symbol: 'none',
    data: [{ yAxis: at }],
    lineStyle: { color: TARGET, type: 'dotted', width: 2 },
    label: { formatter: label, position: 'insideEndTop', color: TARGET, fontSize: fontPx },
  };
}

/** A round number a little above `most`, ≥ 0; 1 when there is nothing to show. */
export function axisTop(most: number): number {
  if (!(most > 0)) return 1;
  const wanted = most * 1.1;
  const step = 10 ** Math.floor(Math.log10(wanted)) / 2;
  return Number((Math.ceil(wanted / step) * step).toPrecision(12));
}

function sayOf(points: readonly TrendPoint[], texts: TrendTexts) {
  return (at: unknown): HTMLElement => {
    const first = (Array.isArray(at) ? at[0] : at) as { readonly dataIndex?: unknown } | undefined;
    const box = document.createElement('div');
    for (const text of saidAt(points[Number(first?.dataIndex)], texts)) {
      const line = document.createElement('div');
      line.textContent = text;
      box.append(line);
    }
    return box;
  };
}

function saidAt(point: TrendPoint | undefined, texts: TrendTexts): readonly string[] {
  if (point === undefined) return [];
  const { official, provisional } = point.figure;
  const said = (value: number | null) => (value === null ? '—' : texts.figure(value));
  return [
    texts.period(point.period.label),
    `${texts.official}: ${said(official.value)}`,
    ...(provisional === null ? [] : [`${texts.provisional}: ${said(provisional.value)}`]),
  ];
}

/** A point of a sparkline, within a box of `width` × `height` whose top is 0. */
export interface SparkPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * The runs of a small line: a period without a figure parts it. All figures and the target are in the box;
 * `targetY` is where the target lies, null without one.
 */
export function sparkline(
  values: readonly (number | null)[],
  target: number | null,
  width: number,
  height: number,
): { readonly runs: readonly (readonly SparkPoint[])[]; readonly targetY: number | null } {
  const known = values.filter((value) => value !== null);
  const most = Math.max(0, target ?? 0, ...known);
  const least = Math.min(...known, target ?? Number.POSITIVE_INFINITY, most);
  // Shares near 100 % would all lie on one line if the box began at 0.
  const from = least > most * 0.5 ? least - (most - least || most || 1) * 0.1 : 0;
  const span = most - from || 1;
  const y = (value: number) => height - ((value - from) / span) * height;
  const runs: SparkPoint[][] = [];
  let run: SparkPoint[] = [];
  values.forEach((value, index) => {
    if (value === null) {
      run = [];
      return;
    }
    if (run.length === 0) runs.push(run);
    run.push({ x: values.length < 2 ? width / 2 : (index / (values.length - 1)) * width, y: y(value) });
  });
  return { runs, targetY: target === null ? null : y(target) };
}
