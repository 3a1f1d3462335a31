import { Alert, Button, Spin } from 'antd';
import type { ReactNode } from 'react';
import type { ApiFailure } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { formatClock } from '../time-format.js';
import { describeFailure } from './failure-words.js';
import { type Column, ListTable } from './list-table.js';
import type { Pages } from './use-pages.js';

interface Props<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly pages: Pages<T>;
  readonly rowKey: (item: T) => string;
  readonly empty: string;
}

/** A list that is read page by page: what went wrong, its rows, and how many of them are here. */
export function PagedTable<T>({ label, columns, pages, rowKey, empty }: Props<T>) {
  const { t } = useTexts();
  const { items, loading, loaded, failure, more } = pages;
  return (
    <>
      {failure !== null && <Failed failure={failure} onRetry={pages.reload} />}
      {pages.unreadable > 0 && (
        <Alert type="warning" showIcon title={t('list.unreadable', { count: pages.unreadable })} />
      )}
      {!loaded && loading && <Spin className="asking" description={t('list.loading')} />}
      {loaded && items.length === 0 && <p className="list-empty">{empty}</p>}
      {items.length > 0 && (
        <ListTable label={label} columns={columns} items={items} rowKey={rowKey} busy={loading} />
      )}
      {loaded && (
        <div className="list-foot">
          {more !== null && (
            <Button onClick={more} loading={loading}>
              {t('list.more')}
            </Button>
          )}
          <span className="list-count digits">
            {t(more === null ? 'list.all' : 'list.some', { count: items.length })}
          </span>
        </div>
      )}
    </>
  );
}

interface HeadProps {
  readonly title: string;
  /** Of the heading: 1 unless the list is a part of a page. */
  readonly level?: 1 | 2;
  readonly hint: string;
  readonly pages: Pick<Pages<unknown>, 'readAt' | 'reload'>;
  readonly children?: ReactNode;
}

/** Heading, what the list is, its filters, and of when it is. */
export function ListHead({ title, level = 1, hint, pages, children }: HeadProps) {
  const { t } = useTexts();
  const Heading = `h${level}` as const;
  return (
    <div className="list-head">
      <Heading>{title}</Heading>
      <p className="list-hint">{hint}</p>
      <search className="filters" aria-label={t('filter.label')}>
        {children}
        <span className="list-fresh">
          {pages.readAt !== null && (
            <span className="digits">{t('list.readAt', { time: formatClock(pages.readAt) })}</span>
          )}
          <Button size="small" onClick={pages.reload}>
            {t('list.reload')}
          </Button>
        </span>
      </search>
    </div>
  );
}

export function Failed({ failure, onRetry }: { readonly failure: ApiFailure; readonly onRetry: () => void }) {
  const { t } = useTexts();
  return (
    <Alert
      type="error"
      showIcon
      title={describeFailure(t, failure)}
      action={
        <Button size="small" onClick={onRetry}>
          {t('list.retry')}
        </Button>
      }
    />
  );
}
