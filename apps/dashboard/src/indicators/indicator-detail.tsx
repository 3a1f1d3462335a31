import { Spin } from 'antd';
import { useCallback } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { Failed } from '../lists/paged-table.js';
import { useWork } from '../work.js';
import { alarmHref, alarmOfTarget } from './alarm-links.js';
import { EvidenceRows } from './evidence-rows.js';
import type { Figures, FigureView, IndicatorView, TargetView } from './figure-view.js';
import { NO_PARAMETERS, targetKey } from './figure-view.js';
import {
  figureNote,
  figureText,
  formulaWords,
  intervalText,
  leftOutText,
  metricName,
  partsText,
  targetText,
} from './figure-words.js';
import { periodName } from './period-choice.js';
import { choiceHref } from './place-search.js';
import { scopeKeyOf } from './scope-choice.js';
import type { TabProps } from './tab-props.js';
import { TrendPanel } from './trend-panel.js';
import { type Read, useRead } from './use-read.js';
import { trendPeriodOf } from './use-trends.js';
import { VerdictMark } from './verdict-mark.js';

interface Props extends TabProps {
  readonly indicator: string;
  readonly figures: Read<Figures>;
}

/** One indicator: how it is computed, how it went, and the rows behind it. */
export function IndicatorDetail({ choice, scope, alarms, indicator, figures }: Props) {
  const { t } = useTexts();
  const key = scopeKeyOf(scope);
  const { value, failure, loading, reload } = figures;
  const target = value?.targets.find((each) => targetKey(each) === choice.target) ?? null;
  const listed = target?.figure ?? value?.figures.find((each) => each.indicator === indicator) ?? null;
  const apart = useApart(indicator, key, choice.period.label, value !== null && listed === null);
  const figure = listed ?? apart;
  const period = target?.period.label ?? choice.period.label;
  return (
    <>
      <p className="figures-back">
        <a href={choiceHref({ scope: key, period: choice.period })}>‹ {t('figures.back')}</a>
      </p>
      {failure !== null && <Failed failure={failure} onRetry={reload} />}
      <section className="panel">
        <h2 className="figure-title">{nameOf(t, 'indicator', indicator)}</h2>
        {value === null && loading && <Spin description={t('list.loading')} />}
        {value !== null && figure === null && <p>{t('figures.notForPeriod')}</p>}
        {figure !== null && (
          <Said figure={figure} target={target} period={period}>
            {target !== null && <Alarm alarm={alarmOfTarget(alarms, target, scope)} />}
          </Said>
        )}
      </section>
      <TrendPanel indicator={indicator} scope={key} period={period} target={target} figure={figure} />
      <EvidenceRows
        choice={choice}
        scope={key}
        indicator={indicator}
        period={period}
        alarms={alarms}
        figure={figure}
      />
    </>
  );
}

/** The page's list leaves out what needs more than sums: it is read as the newest points of its trend. */
function useApart(indicator: string, scope: string, label: string, isMissing: boolean): IndicatorView | null {
  const { indicators } = useWork();
  const ask = useCallback(
    (signal: AbortSignal) =>
      indicators.trend(
        indicator,
        { scope, by: trendPeriodOf(indicator, label), points: 24, ...NO_PARAMETERS },
        signal,
      ),
    [indicators, indicator, scope, label],
  );
  const { value } = useRead(isMissing ? ask : null);
  return value?.find(({ period }) => period.label === label)?.figure ?? null;
}

function Alarm({ alarm }: { readonly alarm: Parameters<typeof alarmHref>[0] | null }) {
  const { t } = useTexts();
  return alarm === null ? null : <a href={alarmHref(alarm)}>{t('figures.toAlarm')}</a>;
}

interface SaidProps {
  readonly figure: IndicatorView;
  readonly target: TargetView | null;
  readonly period: string;
  readonly children: React.ReactNode;
}

function Said({ figure, target, period, children }: SaidProps) {
  const { t } = useTexts();
  return (
    <div className="figure-said">
      <dl className="facts">
        <div>
          <dt>{t('figures.formula')}</dt>
          <dd>{formulaWords(t, figure.formula)}</dd>
        </div>
        <div>
          <dt>{t('figures.source')}</dt>
          <dd>{figure.source}</dd>
        </div>
        <div>
          <dt>{t('period.label')}</dt>
          <dd>{periodName(t, period)}</dd>
        </div>
        {target !== null && (
          <>
            <div>
              <dt>{t('figures.target')}</dt>
              <dd>
                {targetText(t, target.direction, target.target, figure.unit)}
                <q className="line line-small line-wraps clause">{target.clause}</q>
              </dd>
            </div>
            <div>
              <dt>{t('figures.verdict')}</dt>
              <dd>
                <VerdictMark target={target} /> {children}
              </dd>
            </div>
          </>
        )}
      </dl>
      <Reading
        name={t('figures.official')}
        hint={t('figures.officialHint')}
        said={figure}
        figure={figure.official}
      />
      <Reading
        name={t('figures.provisional')}
        hint={t('figures.provisionalHint')}
        said={figure}
        figure={figure.provisional}
      />
    </div>
  );
}

interface ReadingProps {
  readonly name: string;
  readonly hint: string;
  readonly said: IndicatorView;
  readonly figure: FigureView | null;
}

/** One reading with all that is known of how it came about. */
function Reading({ name, hint, said, figure }: ReadingProps) {
  const { t } = useTexts();
  if (figure === null) {
    return (
      <div className="reading">
        <h3>{name}</h3>
        <p className="line-small">{t('figures.noReading')}</p>
      </div>
    );
  }
  const { denominatorName } = said;
  const interval = intervalText(figure);
  const [note, leftOut] = [figureNote(t, figure), leftOutText(t, figure)];
  return (
    <div className="reading">
      <h3>{name}</h3>
      <p className="reading-value digits">{figureText(t, said.unit, figure)}</p>
      <p className="digits reading-parts">{partsText(t, said, figure)}</p>
      <p className="line-small">
        {metricName(t, said.numeratorName)}
        {denominatorName !== null && ` ÷ ${metricName(t, denominatorName)}`}
      </p>
      {interval !== null && <p className="line-small digits">{t('figures.interval', { interval })}</p>}
      {note !== null && (
        <p className={figure.tiny && figure.value !== null ? 'figure-tiny' : 'line-small'}>{note}</p>
      )}
      {leftOut !== null && <p className="line-small">{t('figures.leftOut', { parts: leftOut })}</p>}
      <p className="line-small">{hint}</p>
    </div>
  );
}
