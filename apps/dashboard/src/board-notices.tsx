import { Alert } from 'antd';
import type { FeedStatus } from './alarm-feed.js';
import type { AlarmStore } from './alarm-store.js';
import { describeConnection } from './connection.js';
import { useTexts } from './i18n/language.js';
import { useNow } from './now.js';
import { formatClock } from './time-format.js';

interface Props {
  readonly status: FeedStatus;
  readonly store: AlarmStore;
}

/** What a person must know before they trust the list: that it is old, or not complete. */
export function BoardNotices({ status, store }: Props) {
  const { t } = useTexts();
  const connection = describeConnection(status, useNow());
  const { failure } = status;
  return (
    <>
      {connection.state === 'lost' && (
        <Alert
          type="error"
          showIcon
          title={t('connection.lostDetail', { time: formatClock(connection.since) })}
          description={
            failure !== null && failure.status !== null
              ? t('connection.refused', { status: failure.status, detail: failure.detail ?? '—' })
              : undefined
          }
        />
      )}
      {status.unreadable > 0 && (
        <Alert type="warning" showIcon title={t('connection.unreadable', { count: status.unreadable })} />
      )}
      {store.truncated && (
        <Alert type="warning" showIcon title={t('connection.truncated', { count: store.alarms.size })} />
      )}
    </>
  );
}
