import { Alert, Button, Spin } from 'antd';
import { useCallback, useMemo } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { type Column, ListTable } from '../lists/list-table.js';
import { Failed } from '../lists/paged-table.js';
import { mayRule } from '../session.js';
import { formatClock, formatMinute } from '../time-format.js';
import { useWork } from '../work.js';
import { FigureCell } from './figure-cell.js';
import type { Figures, IndicatorView } from './figure-view.js';
import { formulaWords } from './figure-words.js';
import { IndicatorDetail } from './indicator-detail.js';
import { periodName } from './period-choice.js';
import { type Choice, choiceHref } from './place-search.js';
import { scopeKeyOf } from './scope-choice.js';
import type { TabProps } from './tab-props.js';
import { TargetTables } from './target-tables.js';
import { type Read, useRead } from './use-read.js';

/** Every figure of the scope: the plans' targets first, then what no plan asks for; or one in detail. */
export function FiguresTab(props: TabProps) {
  const { choice } = props;
  const { t } = useTexts();
  const { indicators } = useWork();
  const scope = scopeKeyOf(props.scope);
  const { label } = choice.period;
  const ask = useCallback(
    (signal: AbortSignal) => indicators.figures(scope, label, signal),
    [indicators, scope, label],
  );
  const read = useRead(ask);
  if (choice.indicator !== null) {
    return (
      <IndicatorDetail
        key={`${choice.indicator} ${choice.target} ${scope}`}
        {...props}
        indicator={choice.indicator}
        figures={read}
      />
    );
  }
  const { value, failure, loading, reload } = read;
  return (
    <>
      {failure !== null && <Failed failure={failure} onRetry={reload} />}
      {value === null && loading && <Spin className="asking" description={t('list.loading')} />}
      {value !== null && <Whole {...props} figures={value} read={read} />}
    </>
  );
}

interface WholeProps extends TabProps {
  readonly figures: Figures;
  readonly read: Read<Figures>;
}

function Whole({ choice, scope, alarms, figures, read }: WholeProps) {
  const { t } = useTexts();
  const { session } = useWork();
  const { targets } = figures;
  const key = scopeKeyOf(scope);
  const without = figures.figures.filter(
    ({ indicator }) => !targets.some(({ figure }) => figure.indicator === indicator),
  );
  return (
    <>
      <Freshness figures={figures} read={read} />
      {targets.length === 0 && (
        <Alert
          type="info"
          showIcon
          title={t(scope.kind === 'all' ? 'figures.policyByDistrict' : 'figures.noPolicy')}
          action={
            mayRule(session) && (
              <a href={choiceHref({ tab: 'rules', scope: key, period: choice.period })}>
                {t('figures.toPolicies')}
              </a>
            )
          }
        />
      )}
      <TargetTables
        choice={choice}
        scope={scope}
        alarms={alarms}
        targets={targets}
        page={figures.period.label}
      />
      {without.length > 0 && <Others choice={choice} scope={key} figures={without} />}
    </>
  );
}

/** Of which time the figures are: a running period counts to now. */
function Freshness({ figures, read }: { readonly figures: Figures; readonly read: Read<Figures> }) {
  const { t } = useTexts();
  const { label, toMs, untilMs } = figures.period;
  const runs = untilMs < toMs;
  const name = periodName(t, label);
  return (
    <p className="figures-fresh">
      <span>
        {runs
          ? t('figures.running', { period: name, time: formatMinute(untilMs) })
          : t('figures.ended', { period: name })}
      </span>
      <span className="list-fresh">
        {read.readAt !== null && (
          <span className="digits">{t('list.readAt', { time: formatClock(read.readAt) })}</span>
        )}
        <Button size="small" onClick={read.reload} loading={read.loading}>
          {t('list.reload')}
        </Button>
      </span>
    </p>
  );
}

interface OthersProps {
  readonly choice: Choice;
  readonly scope: string;
  readonly figures: readonly IndicatorView[];
}

function Others({ choice, scope, figures }: OthersProps) {
  const { t } = useTexts();
  const { period } = choice;
  const columns = useMemo<Column<IndicatorView>[]>(
    () => [
      {
        key: 'indicator',
        title: t('figures.indicator'),
        render: (said) => (
          <>
            <a
              className="line line-strong line-wraps"
              href={choiceHref({ scope, period, indicator: said.indicator })}
            >
              {nameOf(t, 'indicator', said.indicator)}
            </a>
            <span className="line line-small line-wraps">{formulaWords(t, said.formula)}</span>
          </>
        ),
      },
      {
        key: 'official',
        title: t('figures.official'),
        width: '22rem',
        render: (said) => <FigureCell said={said} figure={said.official} />,
      },
      {
        key: 'provisional',
        title: t('figures.provisional'),
        width: '22rem',
        render: (said) => <FigureCell said={said} figure={said.provisional} />,
      },
    ],
    [t, scope, period],
  );
  return (
    <section className="figures-part">
      <h2>{t('figures.others')}</h2>
      <ListTable
        label={t('figures.others')}
        columns={columns}
        items={figures}
        rowKey={({ indicator }) => indicator}
      />
    </section>
  );
}
