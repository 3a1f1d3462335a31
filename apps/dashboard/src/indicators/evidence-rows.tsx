import { Segmented } from 'antd';
import { useCallback, useMemo } from 'react';
import type { FigureEvidence } from '#domain';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import type { Column } from '../lists/list-table.js';
import { ListHead, PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { liftHref } from '../router.js';
import { useWork } from '../work.js';
import { alarmHref, alarmOfFault } from './alarm-links.js';
import { type EvidenceRow, type IndicatorView, NO_PARAMETERS } from './figure-view.js';
import { metricName } from './figure-words.js';
import type { Part } from './indicator-api.js';
import { periodName } from './period-choice.js';
import { type Choice, choiceHref } from './place-search.js';
import { chinaTime, rowDetails, rowTitle } from './row-words.js';

interface Props {
  readonly choice: Choice;
  readonly scope: string;
  readonly indicator: string;
  readonly period: string;
  readonly alarms: ReadonlyMap<string, AlarmView>;
  readonly figure: IndicatorView | null;
}

/** What a figure counts, row by row: the faults, orders, records, or the lifts it is divided by. */
export function EvidenceRows({ choice, scope, indicator, period, alarms, figure }: Props) {
  const { t } = useTexts();
  const { indicators, directory, clock } = useWork();
  const { part, evidence, window } = choice;
  const { limitMinutes, atLeast } = figure ?? NO_PARAMETERS;
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) => {
      const span = window === null ? { period, from: null, to: null } : { period: null, ...window };
      return indicators.rows(
        indicator,
        { scope, ...span, evidence, part, limitMinutes, atLeast },
        cursor,
        signal,
      );
    },
    [indicators, indicator, scope, period, window, evidence, part, limitMinutes, atLeast],
  );
  const pages = usePages(read);
  const columns = useMemo<Column<EvidenceRow>[]>(
    () => [
      {
        key: 'time',
        title: t('rows.time'),
        width: '12rem',
        render: (row) => (
          <>
            <span className="line digits">{chinaTime(row.atMs)}</span>
            {row.endedAtMs !== null && row.endedAtMs <= clock.now() && (
              <span className="line line-small digits">
                {t('rows.until', { time: chinaTime(row.endedAtMs) })}
              </span>
            )}
          </>
        ),
      },
      { key: 'lift', title: t('column.liftCode'), width: '15.5rem', render: (row) => <Lift row={row} /> },
      { key: 'what', title: t('rows.what'), render: (row) => <What row={row} alarms={alarms} /> },
      {
        key: 'where',
        title: t('rows.where'),
        render: ({ district, firm }) => (
          <>
            <span className="line">{directory.districtName(district)}</span>
            {firm !== null && <span className="line line-small">{directory.firmName(firm)}</span>}
          </>
        ),
      },
    ],
    [t, alarms, directory, clock],
  );
  const said =
    window === null
      ? periodName(t, period)
      : t('indicator.window', {
          from: chinaTime(Date.parse(window.from)),
          to: chinaTime(Date.parse(window.to)),
        });
  return (
    <section className="figures-part">
      <ListHead level={2} title={t('rows.title')} hint={t('rows.hint', { period: said })} pages={pages}>
        <PartPicker choice={choice} scope={scope} indicator={indicator} figure={figure} />
      </ListHead>
      <PagedTable
        label={t('rows.title')}
        columns={columns}
        pages={pages}
        rowKey={(row) => `${row.source} ${row.id} ${row.atMs}`}
        empty={t('rows.empty')}
      />
    </section>
  );
}

function PartPicker({
  choice,
  scope,
  indicator,
  figure,
}: Pick<Props, 'choice' | 'scope' | 'indicator' | 'figure'>) {
  const { t } = useTexts();
  const change = (part: Partial<Choice>) => {
    const { period, target, window, evidence, part: shown } = choice;
    const next = { scope, period, indicator, target, window, evidence, part: shown, ...part };
    location.hash = choiceHref(next).slice(1);
  };
  const name = (metric: string | undefined | null, key: Part) =>
    metric === undefined || metric === null
      ? t(`rows.${key}`)
      : `${t(`rows.${key}`)}: ${metricName(t, metric)}`;
  return (
    <>
      {(figure === null || figure.denominatorName !== null) && (
        <Segmented<Part>
          className="segments"
          aria-label={t('rows.part')}
          value={choice.part}
          options={[
            { value: 'numerator', label: name(figure?.numeratorName, 'numerator') },
            { value: 'denominator', label: name(figure?.denominatorName, 'denominator') },
          ]}
          onChange={(part) => change({ part })}
        />
      )}
      <Segmented<FigureEvidence>
        aria-label={t('rows.evidence')}
        value={choice.evidence}
        options={[
          { value: 'provisional', label: t('figures.provisional') },
          { value: 'official', label: t('figures.official') },
        ]}
        onChange={(evidence) => change({ evidence })}
      />
      {choice.window !== null && (
        <a href={choiceHref({ scope, period: choice.period, indicator, target: choice.target })}>
          {t('rows.wholePeriod')}
        </a>
      )}
    </>
  );
}

function Lift({ row }: { readonly row: EvidenceRow }) {
  return (
    <a className="line digits code" href={liftHref(row.lift)}>
      {row.lift}
    </a>
  );
}

interface WhatProps {
  readonly row: EvidenceRow;
  readonly alarms: ReadonlyMap<string, AlarmView>;
}

/** What it is and what is known of it; a fault leads to its alarm while that is open. */
function What({ row, alarms }: WhatProps) {
  const { t } = useTexts();
  const alarm = row.source === 'fault' ? alarmOfFault(alarms, row.id) : null;
  const details = rowDetails(t, row);
  return (
    <>
      <span className="line line-strong line-wraps">{rowTitle(t, row)}</span>
      {details !== '' && <span className="line line-small line-wraps digits">{details}</span>}
      {row.source !== 'lift-time' && <span className="line line-small line-wraps digits">{row.id}</span>}
      {alarm !== null && (
        <a className="line line-small" href={alarmHref(alarm)}>
          {t('figures.toAlarm')}
        </a>
      )}
    </>
  );
}
