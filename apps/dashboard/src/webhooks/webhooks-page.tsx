import { Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useTexts } from '../i18n/language.js';
import type { Column } from '../lists/list-table.js';
import { ListHead, PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { webhookHref } from '../router.js';
import { useWork } from '../work.js';
import { LastDayField, StandingField, WantsField } from './endpoint-fields.js';
import { NewEndpointDialog } from './new-endpoint-dialog.js';
import { SecretDialog } from './secret-dialog.js';
import { useStatistics } from './use-statistics.js';
import type { Endpoint, NewEndpoint } from './webhook-view.js';
import { describeScope, hostOf, shownKey } from './webhook-words.js';
import './webhooks.css';

/** Every endpoint of the scope, and how it fares. */
export default function WebhooksPage() {
  const { t } = useTexts();
  const { webhooks } = useWork();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewEndpoint | null>(null);
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) => webhooks.list(cursor, signal),
    [webhooks],
  );
  const pages = usePages(read);
  const ids = useMemo(() => pages.items.map(({ id }) => id), [pages.items]);
  const statistics = useStatistics(ids, pages.readAt ?? 0);
  const columns = useColumns(statistics);
  return (
    <div className="page">
      <ListHead title={t('nav.webhooks')} hint={t('hook.hint')} pages={pages}>
        <Button type="primary" onClick={() => setMaking(true)}>
          {t('hook.new')}
        </Button>
      </ListHead>
      <PagedTable
        label={t('nav.webhooks')}
        columns={columns}
        pages={pages}
        rowKey={({ id }) => id}
        empty={t('hook.empty')}
      />
      {making && (
        <NewEndpointDialog
          onMade={(fresh) => {
            setMaking(false);
            setMade(fresh);
            pages.reload();
          }}
          onCancel={() => setMaking(false)}
        />
      )}
      {made !== null && (
        <SecretDialog
          secret={made.secret}
          publicKey={shownKey(made.endpoint)}
          oldUntilMs={null}
          onClose={() => {
            location.hash = webhookHref(made.endpoint.id);
          }}
        />
      )}
    </div>
  );
}

function useColumns(statistics: ReturnType<typeof useStatistics>): readonly Column<Endpoint>[] {
  const { t } = useTexts();
  const { directory } = useWork();
  return useMemo<Column<Endpoint>[]>(
    () => [
      {
        key: 'endpoint',
        title: t('hook.column.endpoint'),
        render: ({ id, label, url }) => (
          <>
            <a className="line line-strong line-wraps" href={webhookHref(id)}>
              {label}
            </a>
            <span className="line line-small line-wraps" title={url}>
              {hostOf(url)}
            </span>
          </>
        ),
      },
      {
        key: 'scope',
        title: t('hook.column.scope'),
        width: '14%',
        render: ({ scope }) => describeScope(t, directory, scope),
      },
      {
        key: 'wants',
        title: t('hook.column.wants'),
        render: (endpoint) => <WantsField endpoint={endpoint} />,
      },
      {
        key: 'state',
        title: t('hook.column.state'),
        width: '13rem',
        render: (endpoint) => <StandingField endpoint={endpoint} />,
      },
      {
        key: 'day',
        title: t('hook.column.day'),
        render: ({ id }) => <LastDayField statistics={statistics.get(id)} />,
      },
    ],
    [t, directory, statistics],
  );
}
