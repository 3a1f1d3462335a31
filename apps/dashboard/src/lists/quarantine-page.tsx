import { Input, Select } from 'antd';
import { useCallback, useMemo } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { QUARANTINE_REASON_NAMES } from '../protocol-names.js';
import { liftHref, type Place } from '../router.js';
import { formatMoment } from '../time-format.js';
import { useWork } from '../work.js';
import type { Column } from './list-table.js';
import { ListHead, PagedTable } from './paged-table.js';
import { hexOf, type QuarantinedMessage } from './quarantine-view.js';
import { usePages } from './use-pages.js';
import { useSearch } from './use-search.js';

/** What could not be used, with its bytes: for those who make terminals speak. */
export function QuarantinePage({ place }: { readonly place: Place }) {
  const { t } = useTexts();
  const { fleet } = useWork();
  const { shown, settled, change } = useSearch(place, { reason: '', terminal: '' });
  const { reason, terminal } = settled;
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) =>
      fleet.quarantine({ reason, terminal: terminal.trim() }, cursor, signal),
    [fleet, reason, terminal],
  );
  const pages = usePages(read);
  const columns = useMemo<Column<QuarantinedMessage>[]>(
    () => [
      {
        key: 'time',
        title: t('quarantine.received'),
        width: '11rem',
        render: (message) => <span className="digits">{formatMoment(message.receivedAtMs)}</span>,
      },
      {
        key: 'from',
        title: t('quarantine.from'),
        width: '15.5rem',
        render: (message) => <From message={message} />,
      },
      {
        key: 'why',
        title: t('quarantine.why'),
        render: (message) => (
          <>
            <span className="line line-strong">{nameOf(t, 'quarantine', message.reason)}</span>
            <span className="line line-small line-wraps">{message.detail}</span>
          </>
        ),
      },
      { key: 'body', title: t('quarantine.body'), render: (message) => <Body message={message} /> },
    ],
    [t],
  );
  return (
    <div className="page">
      <ListHead title={t('nav.quarantine')} hint={t('quarantine.hint')} pages={pages}>
        <Select<string | null>
          className="filter filter-wide"
          allowClear
          aria-label={t('quarantine.why')}
          placeholder={t('quarantine.allReasons')}
          value={shown.reason || null}
          options={QUARANTINE_REASON_NAMES.map((value) => ({ value, label: t(`quarantine.${value}`) }))}
          onChange={(next) => change({ reason: next ?? '' })}
        />
        <Input
          className="filter filter-wide"
          allowClear
          maxLength={64}
          aria-label={t('quarantine.terminal')}
          placeholder={t('quarantine.terminal')}
          value={shown.terminal}
          onChange={(event) => change({ terminal: event.target.value })}
        />
      </ListHead>
      <PagedTable
        label={t('nav.quarantine')}
        columns={columns}
        pages={pages}
        rowKey={(message) => String(message.id)}
        empty={t('quarantine.empty')}
      />
    </div>
  );
}

function From({ message }: { readonly message: QuarantinedMessage }) {
  const { t } = useTexts();
  return (
    <>
      <span className="line line-strong digits">{message.terminal ?? t('quarantine.nobody')}</span>
      {message.lift !== null && (
        <a className="line line-small digits code" href={liftHref(message.lift)}>
          {message.lift}
        </a>
      )}
      <span className="line line-small digits line-wraps">{message.topic}</span>
    </>
  );
}

/** Text where it is text, hexadecimal digits where it is not. */
function Body({ message }: { readonly message: QuarantinedMessage }) {
  const { t } = useTexts();
  const { preview, body, length, truncated, sha256 } = message;
  if (length === 0) return <span className="line-small">{t('quarantine.noBytes')}</span>;
  return (
    <details className="bytes">
      <summary>
        {t('quarantine.bytes', { count: length })}
        {preview !== null && <code className="bytes-line">{preview.slice(0, 80)}</code>}
      </summary>
      <pre>{preview ?? hexOf(body)}</pre>
      <p className="line-small digits line-wraps">
        {truncated && `${t('quarantine.truncated')} · `}
        SHA-256 {sha256}
      </p>
    </details>
  );
}
