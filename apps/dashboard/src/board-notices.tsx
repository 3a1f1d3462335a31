import { Alert } from 'antd';
import { useMemo } from 'react';
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
  const { failure, recordsFailingSince } = status;
  const unrecorded = useMemo(() => countUnrecorded(store), [store]);
  return (
    <div className="notices">
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
      {connection.state !== 'lost' && recordsFailingSince !== null && (
        <Alert
          type="error"
          showIcon
          title={t('records.unavailable', { time: formatClock(recordsFailingSince) })}
          description={unrecorded > 0 ? t('records.unrecorded', { count: unrecorded }) : undefined}
        />
      )}
      {status.unreadable > 0 && (
        <Alert type="warning" showIcon title={t('connection.unreadable', { count: status.unreadable })} />
      )}
      {store.truncated && (
        <Alert type="warning" showIcon title={t('connection.truncated', { count: store.alarms.size })} />
      )}
    </div>
  );
}

function countUnrecorded({ alarms }: AlarmStore): number {
  let count = 0;
  for (const { recorded } of alarms.values()) count += Number(!recorded);
  return count;
}
