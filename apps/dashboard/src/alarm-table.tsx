import { Button, Spin, Table, type TableColumnsType, type TableRef } from 'antd';
import { type RefObject, useCallback, useEffect, useMemo, useRef } from 'react';
import type { Clock } from '#runtime';
import { AlarmActions, type AlarmHandlers } from './alarm-actions.js';
import {
  AttachmentsField,
  KindField,
  LiftField,
  liftName,
  PlaceField,
  SinceField,
  StateField,
} from './alarm-fields.js';
import type { AlarmFilter } from './alarm-selection.js';
import type { AlarmView } from './alarm-view.js';
import { useTexts } from './i18n/language.js';
import { type Language, nameOf, type Translate } from './i18n/translate.js';
import { PriorityMark } from './priority-mark.js';
import { rowClass } from './row-class.js';
import { ROW_HEIGHT } from './scroll-anchor.js';
import { useElementSize } from './use-element-size.js';
import { useSteadyScroll } from './use-steady-scroll.js';

/** Height of the table's own header, and the least body worth showing; CSS pixels. */
const HEAD_HEIGHT = 40;
const BODY_HEIGHT_MIN = ROW_HEIGHT * 3;

/** CSS pixels; what is left over goes to the address and the kind. */
type ColumnWidths = Readonly<
  Record<'priority' | 'lift' | 'since' | 'state' | 'attachments' | 'actions', number>
>;
const COLUMN_WIDTHS: Readonly<Record<Language, ColumnWidths>> = {
  'zh-CN': { priority: 96, lift: 184, since: 178, state: 178, attachments: 60, actions: 152 },
  en: { priority: 108, lift: 184, since: 178, state: 184, attachments: 60, actions: 214 },
};

interface Props {
  readonly rows: readonly AlarmView[];
  readonly handlers: AlarmHandlers;
  readonly arrivedAt: ReadonlyMap<string, number>;
  readonly loaded: boolean;
  readonly filtered: boolean;
  readonly filter: AlarmFilter;
  readonly clock: Clock;
}

/** The alarms as a table. Only the rows in view are in the page, so 5,000 cost no more than 50. */
export function AlarmTable({ rows, handlers, arrivedAt, loaded, filtered, filter, clock }: Props) {
  const { t, language } = useTexts();
  const panel = useRef<HTMLElement>(null);
  const table = useRef<TableRef>(null);
  const { width, height } = useElementSize(panel);
  const bodyHeight = Math.max(BODY_HEIGHT_MIN, height - HEAD_HEIGHT);
  const keys = useMemo(() => rows.map((alarm) => alarm.id), [rows]);
  const scrollTo = useScrollTo(table, Math.max(0, rows.length * ROW_HEIGHT - bodyHeight));
  const steady = useSteadyScroll(keys, filter, scrollTo, clock);
  const columns = useMemo(
    () => makeColumns(t, handlers, COLUMN_WIDTHS[language], width),
    [t, language, handlers, width],
  );
  const lastTop = useRef(0);

  useScrollKeys(panel, (event) => {
    steady.watch.onKeyDown(event);
    const step = scrollStep(event.key, bodyHeight, rows.length);
    if (step === null) return;
    event.preventDefault();
    scrollTo(lastTop.current + step);
  });

  return (
    <section
      ref={panel}
      className="table-panel"
      aria-label={t('table.label')}
      onPointerMove={steady.watch.onPointerMove}
      onPointerLeave={steady.watch.onPointerLeave}
    >
      {steady.newAbove > 0 && (
        <Button className="new-above" type="primary" size="small" shape="round" onClick={steady.toTop}>
          {t('table.newAbove', { count: steady.newAbove })}
        </Button>
      )}
      <Table<AlarmView>
        ref={table}
        virtual
        rowKey="id"
        columns={columns}
        dataSource={rows}
        pagination={false}
        scroll={{ x: Math.max(width, 1), y: bodyHeight }}
        rowClassName={(alarm) => rowClass(alarm, arrivedAt.has(alarm.id))}
        onRow={(alarm) => ({ role: 'group', 'aria-label': rowName(t, alarm) })}
        onScroll={(event) => {
          lastTop.current = event.currentTarget.scrollTop;
          steady.onScroll(lastTop.current);
        }}
        locale={{ emptyText: <NoRows loaded={loaded} filtered={filtered} /> }}
      />
    </section>
  );
}

/** Scrolls within 0 … `topMax`, and answers where it came to, CSS pixels. */
function useScrollTo(table: RefObject<TableRef | null>, topMax: number): (wanted: number) => number {
  return useCallback(
    (wanted) => {
      const top = Math.max(0, Math.min(wanted, topMax));
      table.current?.scrollTo({ top });
      return top;
    },
    [table, topMax],
  );
}

function NoRows({ loaded, filtered }: Pick<Props, 'loaded' | 'filtered'>) {
  const { t } = useTexts();
  if (!loaded) return <Spin description={t('table.loading')} className="table-empty" />;
  return <p className="table-empty">{t(filtered ? 'table.emptyFiltered' : 'table.empty')}</p>;
}

/** How far a key moves the list, CSS pixels; null for any other key. */
function scrollStep(key: string, bodyHeight: number, rows: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return ROW_HEIGHT;
    case 'ArrowUp':
      return -ROW_HEIGHT;
    case 'PageDown':
      return bodyHeight - ROW_HEIGHT;
    case 'PageUp':
      return ROW_HEIGHT - bodyHeight;
    case 'End':
      return rows * ROW_HEIGHT;
    case 'Home':
      return -rows * ROW_HEIGHT;
    default:
      return null;
  }
}

/**
 * The table is all that scrolls on this page, so the scrolling keys are its own unless another field has the
 * focus.
 */
function useScrollKeys(panel: RefObject<HTMLElement | null>, onKey: (event: KeyboardEvent) => void): void {
  const latest = useRef(onKey);
  useEffect(() => {
    latest.current = onKey;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const focused = document.activeElement;
      const ours = focused === null || focused === document.body || panel.current?.contains(focused);
      if (ours && !event.defaultPrevented) latest.current(event);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [panel]);
}

function rowName(t: Translate, alarm: AlarmView): string {
  return [t(`priority.${alarm.priority}`), nameOf(t, 'kind', alarm.kind), liftName(t, alarm)].join(', ');
}

function makeColumns(
  t: Translate,
  handlers: AlarmHandlers,
  fixed: ColumnWidths,
  width: number,
): TableColumnsType<AlarmView> {
  const rest = width - Object.values(fixed).reduce((sum, part) => sum + part, 0);
  const kind = Math.round(rest * 0.45);
  return [
    {
      key: 'priority',
      title: t('column.priority'),
      width: fixed.priority,
      render: (_, alarm) => <PriorityMark priority={alarm.priority} />,
    },
    { key: 'kind', title: t('column.kind'), width: kind, render: (_, alarm) => <KindField alarm={alarm} /> },
    {
      key: 'lift',
      title: t('column.lift'),
      width: fixed.lift,
      render: (_, alarm) => <LiftField alarm={alarm} />,
    },
    {
      key: 'address',
      title: t('column.address'),
      width: rest - kind,
      render: (_, alarm) => <PlaceField alarm={alarm} />,
    },
    {
      key: 'since',
      title: t('column.since'),
      width: fixed.since,
      render: (_, alarm) => <SinceField alarm={alarm} />,
    },
    {
      key: 'state',
      title: t('column.state'),
      width: fixed.state,
      render: (_, alarm) => <StateField alarm={alarm} />,
    },
    {
      key: 'attachments',
      title: t('column.attachments'),
      width: fixed.attachments,
      render: (_, alarm) => <AttachmentsField alarm={alarm} />,
    },
    {
      key: 'actions',
      title: t('column.actions'),
      width: fixed.actions,
      render: (_, alarm) => <AlarmActions alarm={alarm} handlers={handlers} />,
    },
  ];
}
