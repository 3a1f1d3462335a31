import { Select } from 'antd';
import { useCallback, useMemo } from 'react';
import type { FaultView } from '../fault-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { type MessageKey, zhCN } from '../i18n/zh-CN.js';
import { liftHref, type Place } from '../router.js';
import { formatMoment } from '../time-format.js';
import { useWork } from '../work.js';
import type { Column } from './list-table.js';
import { ListHead, PagedTable } from './paged-table.js';
import { usePages } from './use-pages.js';
import { useSearch } from './use-search.js';

/** They come from no fault. */
const OTHER_KINDS: readonly MessageKey[] = ['kind.indicator-breached', 'kind.webhook-endpoint-disabled'];
const KIND_KEYS = (Object.keys(zhCN) as MessageKey[]).filter(
  (key) => key.startsWith('kind.') && !OTHER_KINDS.includes(key),
);
/** What raised no alarm, or whose alarm was taken back (invariant 5). */
const STATES = ['suppressed', 'withdrawn', 'recorded'] as const;

/** Faults that paged nobody, with why: a firm could hide faults behind inspection mode. */
export function SuppressedPage({ place }: { readonly place: Place }) {
  const { t } = useTexts();
  const { fleet } = useWork();
  const { shown, settled, change } = useSearch(place, { state: '', kind: '' });
  const { state, kind } = settled;
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) =>
      fleet.faults({ state: state || STATES.join(','), kind }, cursor, signal),
    [fleet, state, kind],
  );
  const pages = usePages(read);
  const columns = useMemo<Column<FaultView>[]>(
    () => [
      {
        key: 'time',
        title: t('suppressed.raised'),
        width: '11rem',
        render: (fault) => <span className="digits">{formatMoment(fault.raisedAtMs)}</span>,
      },
      {
        key: 'kind',
        title: t('column.kind'),
        render: (fault) => (
          <>
            <span className="line line-strong">{nameOf(t, 'kind', fault.kind)}</span>
            <span className="line line-small">
              {nameOf(t, 'evidence', fault.evidence)} · {nameOf(t, 'reason', fault.reason)}
            </span>
          </>
        ),
      },
      {
        key: 'why',
        title: t('suppressed.why'),
        render: (fault) => (
          <>
            <span className="line line-strong">{t(`faultState.${fault.state}`)}</span>
            {fault.clearReason !== null && (
              <span className="line line-small">{nameOf(t, 'reason', fault.clearReason)}</span>
            )}
          </>
        ),
      },
      {
        key: 'lift',
        title: t('column.liftCode'),
        width: '15.5rem',
        render: (fault) => (
          <a className="digits code" href={liftHref(fault.lift)}>
            {fault.lift}
          </a>
        ),
      },
      {
        key: 'source',
        title: t('suppressed.source'),
        render: (fault) => (
          <>
            <span className="line digits">{fault.terminal}</span>
            {fault.code !== null && (
              <span className="line line-small digits">
                {fault.profile} {fault.code}
              </span>
            )}
          </>
        ),
      },
    ],
    [t],
  );
  return (
    <div className="page">
      <ListHead title={t('nav.suppressed')} hint={t('suppressed.hint')} pages={pages}>
        <Select<string | null>
          className="filter"
          allowClear
          aria-label={t('suppressed.why')}
          placeholder={t('suppressed.all')}
          value={shown.state || null}
          options={STATES.map((value) => ({ value, label: t(`faultState.${value}`) }))}
          onChange={(next) => change({ state: next ?? '' })}
        />
        <Select<string | null>
          className="filter filter-wide"
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          aria-label={t('column.kind')}
          placeholder={t('filter.kind')}
          value={shown.kind || null}
          options={KIND_KEYS.map((key) => ({ value: key.slice('kind.'.length), label: t(key) }))}
          onChange={(next) => change({ kind: next ?? '' })}
        />
      </ListHead>
      <PagedTable
        label={t('nav.suppressed')}
        columns={columns}
        pages={pages}
        rowKey={(fault) => fault.id}
        empty={t('suppressed.empty')}
      />
    </div>
  );
}
