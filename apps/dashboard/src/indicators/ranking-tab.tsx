import { Alert, Segmented, Select } from 'antd';
import { useCallback, useMemo } from 'react';
import type { FigureEvidence } from '#domain';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import type { Column } from '../lists/list-table.js';
import { ListHead, PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { useWork } from '../work.js';
import { FigureCell } from './figure-cell.js';
import type { IndicatorView, Ranked } from './figure-view.js';
import { formulaWords, intervalText } from './figure-words.js';
import { LISTED_INDICATORS, listedIndicator } from './indicator-list.js';
import { periodName } from './period-choice.js';
import { type Choice, choiceHref, RANKED_KINDS } from './place-search.js';
import { districtOf, readScopeKey, scopeKeyOf, scopeTitle } from './scope-choice.js';
import type { TabProps } from './tab-props.js';

/** Firms, estates, townships … of a district by one figure, the best first. What is tiny has no rank. */
export function RankingTab({ choice, scope }: TabProps) {
  const { t } = useTexts();
  const { indicators, directory } = useWork();
  const { by, ranked, evidence } = choice;
  const period = choice.period.label;
  const within = districtOf(scope);
  const read = useCallback(
    (_cursor: string | null, signal: AbortSignal) =>
      indicators.ranking({ by, indicator: ranked, period, in: within, evidence }, signal),
    [indicators, by, ranked, period, within, evidence],
  );
  const pages = usePages(read);
  const columns = useColumns(choice);
  const suits = listedIndicator(ranked)?.periods.includes(choice.period.kind) ?? true;
  const where = within === null ? t('scope.all') : directory.districtName(within);
  return (
    <>
      <ListHead
        level={2}
        title={t('ranking.title', { kind: nameOf(t, 'scope', by), where })}
        hint={t('ranking.hint', { period: periodName(t, period) })}
        pages={pages}
      >
        <RankingTools choice={choice} scope={scopeKeyOf(scope)} />
      </ListHead>
      {!suits && <Alert type="info" showIcon title={t('figures.notForPeriod')} />}
      <PagedTable
        label={t('figures.tab.ranking')}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.scope}
        empty={t('ranking.empty')}
      />
    </>
  );
}

function RankingTools({ choice, scope }: { readonly choice: Choice; readonly scope: string }) {
  const { t } = useTexts();
  const change = (part: Partial<Choice>) => {
    const { tab, period, by, ranked, evidence } = choice;
    location.hash = choiceHref({ tab, period, by, ranked, evidence, scope, ...part }).slice(1);
  };
  return (
    <>
      <Select<string>
        className="filter"
        aria-label={t('ranking.by')}
        value={choice.by}
        options={RANKED_KINDS.map((kind) => ({ value: kind, label: t(`scope.${kind}`) }))}
        onChange={(by) => change({ by })}
      />
      <Select<string>
        className="filter filter-search"
        aria-label={t('figures.indicator')}
        showSearch={{ optionFilterProp: 'label' }}
        value={choice.ranked}
        options={LISTED_INDICATORS.map(({ id }) => ({ value: id, label: t(`indicator.${id}`) }))}
        onChange={(ranked) => change({ ranked })}
      />
      <Segmented<FigureEvidence>
        aria-label={t('rows.evidence')}
        value={choice.evidence}
        options={[
          { value: 'provisional', label: t('figures.provisional') },
          { value: 'official', label: t('figures.official') },
        ]}
        onChange={(evidence) => change({ evidence })}
      />
    </>
  );
}

function useColumns({ ranked, period }: Choice): readonly Column<Ranked>[] {
  const { t } = useTexts();
  const { directory } = useWork();
  return useMemo(
    () => [
      {
        key: 'rank',
        title: t('ranking.rank'),
        width: '6rem',
        render: ({ rank }) => <span className="line line-strong digits">{rank ?? t('ranking.none')}</span>,
      },
      {
        key: 'scope',
        title: t('figures.scope'),
        render: ({ scope: key }) => {
          const scope = readScopeKey(key);
          return (
            <a
              className="line line-strong line-wraps"
              href={choiceHref({ scope: key, period, indicator: ranked })}
            >
              {scope === null ? key : scopeTitle(t, directory, scope)}
            </a>
          );
        },
      },
      {
        key: 'figure',
        title: t('figures.figure'),
        width: '18rem',
        render: ({ figure, formula }) => <FigureCell said={saidOf(ranked, formula)} figure={figure} />,
      },
      {
        key: 'interval',
        title: t('figures.intervalTitle'),
        width: '12rem',
        render: ({ figure }) => <span className="line digits">{intervalText(figure) ?? '—'}</span>,
      },
      {
        key: 'formula',
        title: t('figures.formula'),
        width: '20rem',
        render: ({ formula }) => (
          <span className="line line-small line-wraps">{formulaWords(t, formula)}</span>
        ),
      },
    ],
    [t, directory, ranked, period],
  );
}

/** What a ranked figure needs to be said; the server sends the formula, and the catalogue has the unit. */
function saidOf(
  indicator: string,
  formula: string,
): Pick<IndicatorView, 'formula' | 'numeratorName' | 'denominatorName' | 'unit'> {
  const [first = '', second] = formula.split(' ÷ ');
  return {
    formula,
    unit: listedIndicator(indicator)?.unit ?? '',
    numeratorName: nameIn(first),
    denominatorName: second === undefined ? null : nameIn(second),
  };
}

/** The metric in `orders.answered-in-time(≤ 3 min)`, `lifts.runs × 10,000`, `mean(orders.arrival-time)`. */
function nameIn(part: string): string {
  return /([a-z-]+\.[a-z-]+|inspections)/.exec(part)?.[0] ?? part;
}
