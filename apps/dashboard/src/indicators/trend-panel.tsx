import { Segmented, Spin } from 'antd';
import { useMemo, useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import type { ChartLook } from '../lift/chart-options.js';
import { type Column, ListTable } from '../lists/list-table.js';
import { Failed } from '../lists/paged-table.js';
import { useScale } from '../scale.js';
import { useWork } from '../work.js';
import { type IndicatorView, NO_PARAMETERS, type TargetView, type TrendPoint } from './figure-view.js';
import { figureNote, figureText, partsText, targetText } from './figure-words.js';
import { trendPeriods } from './indicator-list.js';
import { periodName } from './period-choice.js';
import { TrendChart } from './trend-chart.js';
import type { TrendTexts } from './trend-options.js';
import { type Read, useRead } from './use-read.js';
import { trendPeriodOf } from './use-trends.js';

const LENGTHS = [12, 24] as const;

interface Props {
  readonly indicator: string;
  readonly scope: string;
  /** Label of the period in view. */
  readonly period: string;
  readonly target: TargetView | null;
  /** The figure in view, whose limits the trend takes. */
  readonly figure: IndicatorView | null;
}

/** The figure over the last periods, with the target across, and the same in numbers. */
export function TrendPanel({ indicator, scope, period, target, figure }: Props) {
  const { t } = useTexts();
  const { indicators } = useWork();
  const [by, setBy] = useState(() => trendPeriodOf(indicator, period));
  const [points, setPoints] = useState<number>(LENGTHS[0]);
  const { limitMinutes, atLeast } = figure ?? NO_PARAMETERS;
  const ask = useMemo(
    () => (signal: AbortSignal) =>
      indicators.trend(indicator, { scope, by, points, limitMinutes, atLeast }, signal),
    [indicators, indicator, scope, by, points, limitMinutes, atLeast],
  );
  const read = useRead(ask);
  const offered = trendPeriods(indicator);
  return (
    <section className="panel">
      <h2>{t('figures.trend')}</h2>
      <div className="series-tools">
        {offered.length > 1 && (
          <Segmented
            aria-label={t('period.kind')}
            value={by ?? ''}
            options={offered.map((kind) => ({ value: kind, label: t(`period.${kind}`) }))}
            onChange={(next) => setBy(next)}
          />
        )}
        <Segmented<number>
          aria-label={t('trend.points')}
          value={points}
          options={LENGTHS.map((count) => ({ value: count, label: t('trend.count', { count }) }))}
          onChange={setPoints}
        />
      </div>
      {read.failure !== null && <Failed failure={read.failure} onRetry={read.reload} />}
      {read.value === null && read.loading && <Spin className="asking" description={t('list.loading')} />}
      {read.value !== null && <Drawn points={read.value} target={target} read={read} />}
    </section>
  );
}

interface DrawnProps {
  readonly points: readonly TrendPoint[];
  readonly target: TargetView | null;
  readonly read: Read<unknown>;
}

function Drawn({ points, target, read }: DrawnProps) {
  const { t } = useTexts();
  const scale = useScale();
  const look = useMemo<ChartLook>(
    () => ({ fontFamily: getComputedStyle(document.body).fontFamily, fontPx: Math.round(12 * scale) }),
    [scale],
  );
  const of = points[0]?.figure;
  const texts = useMemo<TrendTexts>(
    () => ({
      official: t('figures.official'),
      provisional: t('figures.provisional'),
      target:
        target === null || of === undefined ? '' : targetText(t, target.direction, target.target, of.unit),
      figure: (value) => figureText(t, of?.unit ?? '', { value, printed: value.toFixed(of?.digits ?? 2) }),
      period: (label) => periodName(t, label),
    }),
    [t, of, target],
  );
  if (of === undefined) return <p className="list-empty">{t('trend.nothing')}</p>;
  return (
    <div aria-busy={read.loading}>
      <TrendChart
        points={points}
        target={target?.target ?? null}
        texts={texts}
        look={look}
        label={t('trend.chart', { name: nameOf(t, 'indicator', of.indicator) })}
      />
      <Numbers points={points} />
    </div>
  );
}

function Numbers({ points }: { readonly points: readonly TrendPoint[] }) {
  const { t } = useTexts();
  const columns = useMemo<Column<TrendPoint>[]>(() => {
    const said = (of: 'official' | 'provisional') => (point: TrendPoint) => {
      const figure = point.figure[of];
      if (figure === null) return <span>—</span>;
      return (
        <span className="digits">
          {figureText(t, point.figure.unit, figure)}{' '}
          <span className="line-small">
            {partsText(t, point.figure, figure)} {figureNote(t, figure) ?? ''}
          </span>
        </span>
      );
    };
    return [
      {
        key: 'period',
        title: t('period.label'),
        width: '11rem',
        render: ({ period }) => <span className="digits">{periodName(t, period.label)}</span>,
      },
      { key: 'official', title: t('figures.official'), render: said('official') },
      { key: 'provisional', title: t('figures.provisional'), render: said('provisional') },
    ];
  }, [t]);
  return (
    <details className="numbers-box">
      <summary>{t('trend.numbers')}</summary>
      <ListTable
        label={t('trend.numbers')}
        columns={columns}
        items={points.toReversed()}
        rowKey={({ period }) => period.label}
      />
    </details>
  );
}
