import { Alert, Select } from 'antd';
import { useCallback, useMemo } from 'react';
import type { FindingKind } from '#domain';
import { useTexts } from '../i18n/language.js';
import type { Column } from '../lists/list-table.js';
import { ListHead, PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import type { ListPage } from '../read-json.js';
import { liftHref } from '../router.js';
import { useWork } from '../work.js';
import { FINDING_KINDS } from './finding-kinds.js';
import { FindingRows } from './finding-rows.js';
import { type FindingView, findingPeriod, findingQuery } from './finding-view.js';
import { type PeriodChoice, periodName } from './period-choice.js';
import { choiceHref } from './place-search.js';
import { chinaTime } from './row-words.js';
import { scopeKeyOf, scopeTitle } from './scope-choice.js';
import type { TabProps } from './tab-props.js';

const NOTHING: ListPage<FindingView> = { items: [], next: null, unreadable: 0 };

/** Bad practice in a district, of a firm or of a lift, one kind at a time, down to the rows behind it. */
export function FindingsTab({ choice, scope }: TabProps) {
  const { t } = useTexts();
  const { indicators, directory, clock } = useWork();
  const { finding, period: chosen } = choice;
  const period = useMemo(() => findingPeriod(finding, chosen, clock.now()), [finding, chosen, clock]);
  const query = useMemo(() => findingQuery(finding, scope, period), [finding, scope, period]);
  const read = useCallback(
    async (cursor: string | null, signal: AbortSignal) =>
      query === null ? { ok: true as const, value: NOTHING } : indicators.findings(query, cursor, signal),
    [indicators, query],
  );
  const pages = usePages(read);
  const columns = useColumns(period);
  const where = scope.kind === 'all' ? t('scope.all') : scopeTitle(t, directory, scope);
  const change = (next: FindingKind) => {
    location.hash = choiceHref({
      tab: 'findings',
      scope: scopeKeyOf(scope),
      period: chosen,
      finding: next,
    }).slice(1);
  };
  return (
    <>
      <ListHead
        level={2}
        title={t('findings.title', { where, period: periodName(t, period.label) })}
        hint={t(`findingHint.${finding}`)}
        pages={pages}
      >
        <Select<FindingKind>
          className="filter filter-search"
          aria-label={t('findings.kind')}
          value={finding}
          options={FINDING_KINDS.map((kind) => ({ value: kind, label: t(`finding.${kind}`) }))}
          onChange={change}
        />
      </ListHead>
      {query === null ? (
        <Alert type="info" showIcon title={t('findings.notForScope')} />
      ) : (
        <PagedTable
          label={t('figures.tab.findings')}
          columns={columns}
          pages={pages}
          rowKey={(found) => `${found.lift} ${found.rows[0] ?? ''}`}
          empty={t('findings.empty')}
        />
      )}
    </>
  );
}

function useColumns(period: PeriodChoice): readonly Column<FindingView>[] {
  const { t } = useTexts();
  const { directory } = useWork();
  return useMemo(
    () => [
      {
        key: 'lift',
        title: t('column.liftCode'),
        width: '15.5rem',
        render: ({ lift }) => (
          <a className="digits code" href={liftHref(lift)}>
            {lift}
          </a>
        ),
      },
      {
        key: 'where',
        title: t('rows.where'),
        render: ({ district, firm }) => (
          <>
            <span className="line">{district === null ? '—' : directory.districtName(district)}</span>
            {firm !== null && <span className="line line-small">{directory.firmName(firm)}</span>}
          </>
        ),
      },
      {
        key: 'count',
        title: t('findings.count'),
        width: '7rem',
        render: ({ count }) => <span className="line line-strong digits">{count}</span>,
      },
      {
        key: 'time',
        title: t('rows.time'),
        width: '12rem',
        render: ({ firstAtMs, lastAtMs }) => (
          <>
            <span className="line digits">{chinaTime(firstAtMs)}</span>
            {lastAtMs !== firstAtMs && (
              <span className="line line-small digits">{t('rows.until', { time: chinaTime(lastAtMs) })}</span>
            )}
          </>
        ),
      },
      {
        key: 'rows',
        title: t('rows.title'),
        width: '24rem',
        render: (found) => <FindingRows found={found} period={period} />,
      },
    ],
    [t, directory, period],
  );
}
