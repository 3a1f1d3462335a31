import { Button, Input, Select } from 'antd';
import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { isMessageKey, nameOf } from '../i18n/translate.js';
import type { Column } from '../lists/list-table.js';
import { PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { useSearch } from '../lists/use-search.js';
import { liftHref, type Place } from '../router.js';
import { formatClock, formatMoment } from '../time-format.js';
import { useWork } from '../work.js';
import { DeliveryDrawer } from './delivery-drawer.js';
import { DeliveryMark } from './delivery-mark.js';
import type { Watched } from './delivery-watch.js';
import { RedeliverDialog } from './redeliver-dialog.js';
import { useEventTypes } from './use-event-types.js';
import { DELIVERY_STATE_NAMES, type Delivery, type Endpoint } from './webhook-view.js';
import { describeReason, isoOf } from './webhook-words.js';

interface Props {
  readonly endpoint: Endpoint;
  readonly place: Place;
  /** Grows when the list is to be read anew. */
  readonly turn: number;
  readonly watched: Watched | null;
  readonly onWatch: (watched: Watched | null) => void;
  /** A delivery came further. */
  readonly onMoved: () => void;
}

const NO_FILTER = { state: '', type: '', lift: '', since: '', until: '' };

/** What became of each delivery, newest first. */
export function Deliveries({ endpoint, place, turn, watched, onWatch, onMoved }: Props) {
  const { t } = useTexts();
  const { webhooks } = useWork();
  const [ranging, setRanging] = useState(false);
  const { shown, settled, change } = useSearch(place, NO_FILTER);
  const { state, type, lift, since, until } = settled;
  const { id } = endpoint;
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) => {
      const range = { since: isoOf(since), until: isoOf(until) };
      return webhooks.deliveries(id, { state, type, lift: lift.trim(), ...range }, cursor, signal);
    },
    [webhooks, id, state, type, lift, since, until],
  );
  const pages = usePages(read);
  useReloadOn(turn, pages.reload);
  const open = useCallback(
    ({ id: delivery, attempts }: Delivery) => onWatch({ delivery, seen: attempts }),
    [onWatch],
  );
  const columns = useColumns(open);
  const found = pages.items.find((item) => item.id === watched?.delivery) ?? null;
  return (
    <section className="hook-deliveries" aria-labelledby="hook-deliveries">
      <div className="hook-head">
        <h2 id="hook-deliveries">{t('hook.deliveries')}</h2>
        <Button disabled={!endpoint.enabled} onClick={() => setRanging(true)}>
          {t('hook.redeliverRange')}
        </Button>
      </div>
      <search className="filters" aria-label={t('filter.label')}>
        <DeliveryFilters shown={shown} change={change} />
        <span className="list-fresh">
          {pages.readAt !== null && (
            <span className="digits">{t('list.readAt', { time: formatClock(pages.readAt) })}</span>
          )}
          <Button size="small" onClick={onMoved}>
            {t('list.reload')}
          </Button>
        </span>
      </search>
      <PagedTable
        label={t('hook.deliveries')}
        columns={columns}
        pages={pages}
        rowKey={(delivery) => delivery.id}
        empty={t('hook.noDeliveries')}
      />
      {watched !== null && (
        <DeliveryDrawer
          key={watched.delivery}
          endpoint={endpoint}
          watched={watched}
          found={found}
          onMoved={onMoved}
          onWatch={onWatch}
        />
      )}
      {ranging && <RedeliverDialog endpoint={id} onQueued={onMoved} onClose={() => setRanging(false)} />}
    </section>
  );
}

/** Reads a list again when `turn` grows; its first reading is its own. */
function useReloadOn(turn: number, reload: () => void): void {
  const seen = useRef(turn);
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    if (seen.current === turn) return;
    seen.current = turn;
    latest.current();
  }, [turn]);
}

type Filters = Readonly<typeof NO_FILTER>;

interface FilterProps {
  readonly shown: Filters;
  readonly change: (part: Partial<Filters>) => void;
}

function DeliveryFilters({ shown, change }: FilterProps) {
  const { t } = useTexts();
  const types = useEventTypes();
  return (
    <>
      <Select<string | null>
        className="filter"
        allowClear
        aria-label={t('hook.column.delivery')}
        placeholder={t('hook.allStates')}
        value={shown.state || null}
        options={DELIVERY_STATE_NAMES.map((value) => ({ value, label: t(`hookState.${value}`) }))}
        onChange={(next) => change({ state: next ?? '' })}
      />
      <Select<string | null>
        className="filter"
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        aria-label={t('hook.column.type')}
        placeholder={t('hook.allTypes')}
        value={shown.type || null}
        options={types.map(({ type }) => ({ value: type, label: nameOf(t, 'hookType', type) }))}
        onChange={(next) => change({ type: next ?? '' })}
      />
      <Input
        className="filter filter-wide"
        allowClear
        maxLength={64}
        aria-label={t('lift.code')}
        placeholder={t('lift.code')}
        value={shown.lift}
        onChange={(event) => change({ lift: event.target.value })}
      />
      <MomentFilter
        label={t('hook.range.since')}
        value={shown.since}
        onChange={(since) => change({ since })}
      />
      <MomentFilter
        label={t('hook.range.until')}
        value={shown.until}
        onChange={(until) => change({ until })}
      />
    </>
  );
}

interface MomentFilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function MomentFilter({ label, value, onChange }: MomentFilterProps) {
  const id = useId();
  return (
    <span className="hook-moment">
      <label htmlFor={id}>{label}</label>
      <Input id={id} type="datetime-local" value={value} onChange={(event) => onChange(event.target.value)} />
    </span>
  );
}

function useColumns(open: (delivery: Delivery) => void): readonly Column<Delivery>[] {
  const { t } = useTexts();
  return useMemo<Column<Delivery>[]>(
    () => [
      {
        key: 'time',
        title: t('hook.column.time'),
        width: '10rem',
        render: ({ createdAtMs }) => <span className="digits">{formatMoment(createdAtMs)}</span>,
      },
      {
        key: 'type',
        title: t('hook.column.type'),
        render: ({ type }) => (
          <>
            <span className="line line-strong">{nameOf(t, 'hookType', type)}</span>
            {isMessageKey(`hookType.${type}`) && <span className="line line-small">{type}</span>}
          </>
        ),
      },
      {
        key: 'lift',
        title: t('column.liftCode'),
        width: '14rem',
        render: ({ lift }) =>
          lift === null ? (
            '—'
          ) : (
            <a className="digits code" href={liftHref(lift)}>
              {lift}
            </a>
          ),
      },
      {
        key: 'state',
        title: t('hook.column.delivery'),
        render: (delivery) => (
          <>
            <DeliveryMark state={delivery.state} />
            <span className="line line-small line-wraps digits">
              {describeReason(t, delivery)}
              {delivery.dueAtMs !== null && ` · ${t('hook.next', { time: formatMoment(delivery.dueAtMs) })}`}
            </span>
          </>
        ),
      },
      {
        key: 'attempts',
        title: t('hook.attempts'),
        width: '6rem',
        render: ({ attempts }) => <span className="digits">{attempts}</span>,
      },
      {
        key: 'open',
        title: t('hook.column.more'),
        width: '8rem',
        render: (delivery) => (
          <Button size="small" onClick={() => open(delivery)}>
            {t('hook.details')}
            <span className="visually-hidden">
              {' '}
              {nameOf(t, 'hookType', delivery.type)} {formatMoment(delivery.createdAtMs)}
            </span>
          </Button>
        ),
      },
    ],
    [t, open],
  );
}
