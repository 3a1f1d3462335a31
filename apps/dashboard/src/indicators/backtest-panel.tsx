import { Alert, Button, Input } from 'antd';
import { useId, useMemo, useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { isMessageKey, nameOf } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import { type Column, ListTable } from '../lists/list-table.js';
import { useWork } from '../work.js';
import { figureText, grouped } from './figure-words.js';
import { chinaDate, readPeriodLabel } from './period-choice.js';
import { chinaTime } from './row-words.js';
import type { RuleBody } from './rule-draft.js';
import type { BacktestEvent, BacktestResult } from './rule-view.js';
import { readScopeKey, scopeTitle } from './scope-choice.js';

const DAY_MS = 86_400_000;
/** The server's own bound. */
const DAYS_MAX = 400;
/** Where the question begins unless a person says otherwise. */
const DAYS = 180;
/** Events shown; the server sends 1,000. */
const SHOWN_MAX = 200;

interface Props {
  /** Null while the form does not say what to test. */
  readonly body: RuleBody | null;
  readonly unit: string;
}

type Standing =
  | { readonly is: 'idle' | 'running' }
  | { readonly is: 'failed'; readonly failure: ApiFailure }
  | { readonly is: 'done'; readonly result: BacktestResult };

/** "Had this rule been in force since …": computed by the server with the code that runs live. */
export function BacktestPanel({ body, unit }: Props) {
  const { t } = useTexts();
  const { indicators, clock, leaveIfUnauthorized } = useWork();
  const now = clock.now();
  const id = useId();
  const [since, setSince] = useState(() => chinaDate(now - DAYS * DAY_MS));
  const [standing, setStanding] = useState<Standing>({ is: 'idle' });
  const from = readPeriodLabel(`1d@${since}`);
  const run = async () => {
    if (body === null || from === null) return;
    setStanding({ is: 'running' });
    const answer = await indicators.backtest(body, from.fromMs);
    if (!answer.ok) leaveIfUnauthorized(answer);
    setStanding(answer.ok ? { is: 'done', result: answer.value } : { is: 'failed', failure: answer });
  };
  return (
    <div className="backtest">
      <p className="backtest-ask">
        <label htmlFor={id}>{t('backtest.since')}</label>
        <Input
          id={id}
          className="period-day"
          type="date"
          min={chinaDate(now - DAYS_MAX * DAY_MS + DAY_MS)}
          max={chinaDate(now)}
          value={since}
          onChange={({ target }) => setSince(target.value)}
        />
        <Button
          type="primary"
          disabled={body === null || from === null}
          loading={standing.is === 'running'}
          onClick={() => void run()}
        >
          {t('backtest.run')}
        </Button>
      </p>
      <div aria-live="polite">
        {standing.is === 'running' && <p className="line-small">{t('backtest.running')}</p>}
        {standing.is === 'failed' && (
          <Alert type="error" showIcon title={describeFailure(t, standing.failure)} />
        )}
        {standing.is === 'done' && <Result result={standing.result} unit={unit} />}
      </div>
    </div>
  );
}

function Result({ result, unit }: { readonly result: BacktestResult; readonly unit: string }) {
  const { t } = useTexts();
  const { breaches, standing, facts, seconds, events, fromMs, toMs } = result;
  const columns = useColumns(unit);
  return (
    <>
      <p className="backtest-said">
        {t('backtest.said', {
          from: chinaDate(fromMs),
          to: chinaDate(toMs),
          breaches,
          standing: standing.length,
          facts: grouped(facts),
          seconds: seconds.toFixed(1),
        })}
      </p>
      {events.length > 0 && (
        <ListTable
          label={t('backtest.events')}
          columns={columns}
          items={events.slice(0, SHOWN_MAX)}
          rowKey={({ atMs, scope, type }) => `${atMs} ${scope} ${type}`}
        />
      )}
      {(result.truncated || events.length > SHOWN_MAX) && (
        <p className="line-small">{t('backtest.truncated', { count: Math.min(SHOWN_MAX, events.length) })}</p>
      )}
    </>
  );
}

function useColumns(unit: string): readonly Column<BacktestEvent>[] {
  const { t } = useTexts();
  const { directory } = useWork();
  return useMemo(
    () => [
      {
        key: 'time',
        title: t('rows.time'),
        width: '11rem',
        render: ({ atMs }) => <span className="digits">{chinaTime(atMs)}</span>,
      },
      {
        key: 'type',
        title: t('backtest.event'),
        width: '12rem',
        render: ({ type, reason }) => {
          const key = `ruleEvent.${type.replace(/^indicator\./, '')}`;
          return (
            <>
              <span className="line">{isMessageKey(key) ? t(key) : type}</span>
              <span className="line line-small line-wraps">{nameOf(t, 'reason', reason)}</span>
            </>
          );
        },
      },
      {
        key: 'scope',
        title: t('figures.scope'),
        render: ({ scope: key }) => {
          const scope = readScopeKey(key);
          return <span>{scope === null ? key : scopeTitle(t, directory, scope)}</span>;
        },
      },
      {
        key: 'figure',
        title: t('figures.figure'),
        width: '14rem',
        render: ({ value, numerator, denominator }) => (
          <>
            <span className="line digits">{figureText(t, unit, { value, printed: null })}</span>
            <span className="line line-small digits">
              {`${grouped(numerator)} ÷ ${grouped(denominator)}`}
            </span>
          </>
        ),
      },
    ],
    [t, directory, unit],
  );
}
