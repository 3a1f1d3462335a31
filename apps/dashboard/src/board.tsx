import { Alert, Button } from 'antd';
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { AlarmCards } from './alarm-cards.js';
import { AlarmFilters } from './alarm-filters.js';
import {
  type AlarmFilter,
  countByPriority,
  countHiddenCritical,
  districtsOf,
  NO_FILTER,
  selectAlarms,
} from './alarm-selection.js';
import type { AlarmStore } from './alarm-store.js';
import { AlarmTable } from './alarm-table.js';
import type { AlarmView } from './alarm-view.js';
import { Announcer } from './announcer.js';
import type { ApiFailure } from './api-client.js';
import { BoardHeader } from './board-header.js';
import { BoardNotices } from './board-notices.js';
import { CloseDialog } from './close-dialog.js';
import { useTexts } from './i18n/language.js';
import { NowProvider } from './now.js';
import type { SignInNotice } from './sign-in.js';
import { useAlarmActions } from './use-alarm-actions.js';
import { type AlarmFeedView, useAlarmFeed } from './use-alarm-feed.js';
import { useMediaQuery } from './use-media-query.js';

/** Narrower than the table's columns need; also a desktop page at 200 % zoom. */
const CARDS_BELOW = '(max-width: 1199px)';

interface Props {
  readonly apiKey: string;
  readonly onLeave: (why: SignInNotice) => void;
}

/** The live alarms. */
export function Board({ apiKey, onLeave }: Props) {
  const reject = useCallback(() => onLeave('rejected'), [onLeave]);
  const feed = useAlarmFeed(apiKey, reject);
  const actions = useAlarmActions(feed, reject);
  const [filter, setFilter] = useState<AlarmFilter>(NO_FILTER);
  const [closing, setClosing] = useState<AlarmView | null>(null);
  const narrow = useMediaQuery(CARDS_BELOW);
  const { rows, applied, counts, hiddenCritical, districts, total } = useSelection(feed.store, filter);
  useTitle(counts.critical.waiting);
  useClosedHistory(feed, filter.showClosed, actions.tell);

  const handlers = useMemo(
    () => ({
      acknowledge: (alarm: AlarmView) => void actions.acknowledge(alarm),
      close: setClosing,
      busy: actions.busy,
    }),
    [actions],
  );
  const list = { rows, handlers, arrivedAt: feed.store.arrivedAt, loaded: feed.store.loaded };
  const filtered = filter !== NO_FILTER;

  return (
    <NowProvider clock={feed.clock}>
      <div className={narrow ? 'board board-narrow' : 'board'}>
        <BoardHeader counts={counts} status={feed.status} onSignOut={() => onLeave('signed-out')} />
        <main className="board-main">
          <BoardNotices status={feed.status} store={feed.store} />
          <AlarmFilters
            filter={filter}
            onChange={setFilter}
            districts={districts}
            shown={rows.length}
            total={total}
          />
          {hiddenCritical > 0 && (
            <HiddenCritical count={hiddenCritical} onShow={() => setFilter(NO_FILTER)} />
          )}
          {narrow ? (
            <AlarmCards {...list} filtered={filtered} />
          ) : (
            <AlarmTable {...list} filtered={filtered} filter={applied} clock={feed.clock} />
          )}
        </main>
        <Announcer store={feed.store} />
        {closing !== null && (
          <CloseDialog
            alarm={feed.store.alarms.get(closing.id) ?? closing}
            onClose={(note) => actions.close(closing, note)}
            onCancel={() => setClosing(null)}
          />
        )}
      </div>
    </NowProvider>
  );
}

function useSelection(store: AlarmStore, filter: AlarmFilter) {
  const { alarms } = store;
  // Typing into the search stays quick with 5,000 rows: the list follows when there is time.
  const search = useDeferredValue(filter.search);
  const applied = useMemo(() => ({ ...filter, search }), [filter, search]);
  const rows = useMemo(() => selectAlarms(alarms.values(), applied), [alarms, applied]);
  return useMemo(() => {
    const counts = countByPriority(alarms.values());
    const open = Object.values(counts).reduce((sum, count) => sum + count.open, 0);
    return {
      rows,
      applied,
      counts,
      districts: districtsOf(alarms.values()),
      hiddenCritical: countHiddenCritical(alarms.values(), rows),
      total: applied.showClosed ? alarms.size : open,
    };
  }, [alarms, rows, applied]);
}

function HiddenCritical({ count, onShow }: { readonly count: number; readonly onShow: () => void }) {
  const { t } = useTexts();
  return (
    <Alert
      type="error"
      showIcon
      title={t('filter.hiddenCritical', { count })}
      action={
        <Button size="small" onClick={onShow}>
          {t('filter.clear')}
        </Button>
      }
    />
  );
}

/** The tab shows the count of critical alarms nobody has acknowledged, even when another tab is in front. */
function useTitle(count: number): void {
  const { t } = useTexts();
  useEffect(() => {
    document.title = count > 0 ? t('app.titleCritical', { count }) : t('app.title');
  }, [t, count]);
}

/** Closed alarms are read when a person asks for them: one page of them. */
function useClosedHistory(feed: AlarmFeedView, wanted: boolean, onFailure: (why: ApiFailure) => void): void {
  const { api, addHistory } = feed;
  useEffect(() => {
    if (!wanted) return;
    const leaving = new AbortController();
    void api.listAlarms({ open: false }, leaving.signal).then((page) => {
      if (leaving.signal.aborted) return;
      if (page.ok) addHistory(page.value.items);
      else onFailure(page);
    });
    return () => leaving.abort();
  }, [wanted, api, addHistory, onFailure]);
}
