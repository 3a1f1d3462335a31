import { Alert, Button } from 'antd';
import { type RefObject, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { AlarmCards } from './alarm-cards.js';
import { AlarmFilters } from './alarm-filters.js';
import {
  type AlarmFilter,
  countHiddenCritical,
  districtsOf,
  firmsOf,
  NO_FILTER,
  selectAlarms,
} from './alarm-selection.js';
import type { AlarmStore } from './alarm-store.js';
import { AlarmTable } from './alarm-table.js';
import type { AlarmView } from './alarm-view.js';
import type { ApiFailure } from './api-client.js';
import { CloseDialog } from './close-dialog.js';
import { useTexts } from './i18n/language.js';
import type { Place } from './router.js';
import { mayAcknowledge, mayClose } from './session.js';
import { useAlarmActions } from './use-alarm-actions.js';
import type { AlarmFeedView } from './use-alarm-feed.js';
import { useAlarmFilter } from './use-alarm-filter.js';
import { useMediaQuery } from './use-media-query.js';
import { useWork } from './work.js';

/** Narrower than the table's columns need; also a desktop page at 200 % zoom. */
const CARDS_BELOW = '(max-width: 1199px)';

interface Props {
  readonly feed: AlarmFeedView;
  readonly place: Place;
  readonly onUnauthorized: () => void;
  /** Where the table was scrolled to when the page was left. */
  readonly memory: RefObject<number>;
}

/** The live alarms. */
export function Board({ feed, place, onUnauthorized, memory }: Props) {
  const { t } = useTexts();
  const { session } = useWork();
  const actions = useAlarmActions(feed, onUnauthorized);
  const [filter, setFilter] = useAlarmFilter(place);
  const [closing, setClosing] = useState<AlarmView | null>(null);
  const narrow = useMediaQuery(CARDS_BELOW);
  const { rows, applied, hiddenCritical, districts, firms, total } = useSelection(feed.store, filter);
  useClosedHistory(feed, filter, actions.tell);

  const { acknowledge } = actions;
  const handlers = useMemo(
    () => ({
      acknowledge: mayAcknowledge(session) ? (alarm: AlarmView) => void acknowledge(alarm) : null,
      close: mayClose(session) ? setClosing : null,
    }),
    [acknowledge, session],
  );
  const list = {
    rows,
    handlers,
    busy: actions.busy,
    arrivedAt: feed.store.arrivedAt,
    loaded: feed.store.loaded,
  };
  const filtered = filter !== NO_FILTER;

  return (
    <div className={narrow ? 'board board-narrow' : 'board'}>
      <h1 className="visually-hidden">{t('nav.alarms')}</h1>
      <AlarmFilters
        filter={filter}
        onChange={setFilter}
        districts={districts}
        firms={firms}
        shown={rows.length}
        total={total}
      />
      {hiddenCritical > 0 && <HiddenCritical count={hiddenCritical} onShow={() => setFilter(NO_FILTER)} />}
      {narrow ? (
        <AlarmCards {...list} filtered={filtered} />
      ) : (
        <AlarmTable {...list} filtered={filtered} filter={applied} clock={feed.clock} memory={memory} />
      )}
      {closing !== null && (
        <CloseDialog
          alarm={feed.store.alarms.get(closing.id) ?? closing}
          onClose={(note) => actions.close(closing, note)}
          onCancel={() => setClosing(null)}
        />
      )}
    </div>
  );
}

function useSelection(store: AlarmStore, filter: AlarmFilter) {
  const { alarms } = store;
  // Typing into the search stays quick with 5,000 rows: the list follows when there is time.
  const search = useDeferredValue(filter.search);
  const applied = useMemo(() => ({ ...filter, search }), [filter, search]);
  const rows = useMemo(() => selectAlarms(alarms.values(), applied), [alarms, applied]);
  const districts = useSame(useMemo(() => districtsOf(alarms.values()), [alarms]));
  const firms = useSame(useMemo(() => firmsOf(alarms.values()), [alarms]));
  return useMemo(() => {
    let open = 0;
    for (const alarm of alarms.values()) open += Number(alarm.state !== 'closed');
    return {
      rows,
      applied,
      districts,
      firms,
      hiddenCritical: countHiddenCritical(alarms.values(), rows),
      total: applied.states.includes('closed') ? alarms.size : open,
    };
  }, [alarms, rows, applied, districts, firms]);
}

/**
 * The value itself, or the last one while they say the same: what is drawn from it need not be drawn again.
 */
function useSame<T>(value: T): T {
  const [held, setHeld] = useState(value);
  if (held === value) return held;
  if (JSON.stringify(held) === JSON.stringify(value)) return held;
  setHeld(value);
  return value;
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

/** Closed alarms are read when a person asks for them: one page of those that the filter takes. */
function useClosedHistory(
  feed: AlarmFeedView,
  filter: AlarmFilter,
  onFailure: (why: ApiFailure) => void,
): void {
  const { api, addHistory } = feed;
  const { states, priorities, kinds, districts, firms } = filter;
  const wanted = states.includes('closed');
  useEffect(() => {
    if (!wanted) return;
    const leaving = new AbortController();
    const query = { open: false, priority: priorities, kind: kinds, district: districts, firm: firms };
    void api.listAlarms(query, leaving.signal).then((page) => {
      if (leaving.signal.aborted) return;
      if (page.ok) addHistory(page.value.items);
      else onFailure(page);
    });
    return () => leaving.abort();
  }, [wanted, priorities, kinds, districts, firms, api, addHistory, onFailure]);
}
