import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { ChartLook } from '../lift/chart-options.js';
import type { TrendPoint } from './figure-view.js';
import { type TrendTexts, trendHeight, trendOptions } from './trend-options.js';

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

interface Props {
  readonly points: readonly TrendPoint[];
  readonly target: number | null;
  readonly texts: TrendTexts;
  readonly look: ChartLook;
  readonly label: string;
}

/** ECharts on a canvas. The table below it says the same in words. */
export function TrendChart({ points, target, texts, look, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = init(element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(trendOptions(points, target, texts, look), { notMerge: true });
  }, [points, target, texts, look]);
  return (
    <div
      ref={box}
      className="chart"
      style={{ height: trendHeight(look.fontPx) }}
      role="img"
      aria-label={label}
    />
  );
}
