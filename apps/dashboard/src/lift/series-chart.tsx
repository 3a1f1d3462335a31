import { LineChart } from 'echarts/charts';
import { DataZoomComponent, GridComponent, TitleComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { type ChartLook, type ChartTexts, chartHeight, chartOptions } from './chart-options.js';
import type { Series } from './series-view.js';
import type { Window } from './series-window.js';

use([LineChart, GridComponent, TitleComponent, TooltipComponent, DataZoomComponent, CanvasRenderer]);

/** A drag sends an event a frame; the part in view is read when it rests. Milliseconds. */
const SETTLED_MS = 400;

interface Props {
  readonly series: readonly Series[];
  readonly bounds: Window;
  readonly view: Window;
  readonly texts: ChartTexts;
  readonly look: ChartLook;
  readonly label: string;
  /** The person zoomed or moved by pointer or touch. */
  readonly onView: (view: Window) => void;
}

/** ECharts on a canvas. The table below it says the same in words. */
export function SeriesChart({ series, bounds, view, texts, look, label, onView }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const latest = useRef({ bounds, onView });
  latest.current = { bounds, onView };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = init(element);
    chart.current = made;
    let timer: ReturnType<typeof setTimeout> | undefined;
    made.on('datazoom', () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const zoom = viewOf(made, latest.current.bounds);
        if (zoom !== null) latest.current.onView(zoom);
      }, SETTLED_MS);
    });
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    // Strips come and go with their fields: what is left of the last drawing must not stay.
    chart.current?.setOption(chartOptions(series, bounds, view, texts, look), { notMerge: true });
  }, [series, bounds, view, texts, look]);

  return (
    <div
      ref={box}
      className="chart"
      style={{ height: chartHeight(series, look.fontPx) }}
      role="img"
      aria-label={label}
    />
  );
}

/** The stretch that the chart shows now. */
function viewOf(chart: ECharts, bounds: Window): Window | null {
  const zoom = (
    chart.getOption().dataZoom as { startValue?: unknown; endValue?: unknown }[] | undefined
  )?.[0];
  const [from, to] = [Number(zoom?.startValue), Number(zoom?.endValue)];
  if (!Number.isFinite(from) || !Number.isFinite(to) || to <= from) return null;
  return { fromMs: Math.max(from, bounds.fromMs), toMs: Math.min(to, bounds.toMs) };
}
