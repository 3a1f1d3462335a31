import { Button, Spin } from 'antd';
import {
  type CSSProperties,
  memo,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Clock } from '#runtime';
import { AlarmActions, type AlarmHandlers } from './alarm-actions.js';
import {
  AttachmentsField,
  KindField,
  PlaceField,
  SinceField,
  StateField,
  SubjectField,
} from './alarm-fields.js';
import type { AlarmFilter } from './alarm-selection.js';
import { isFresh } from './alarm-store.js';
import type { AlarmView } from './alarm-view.js';
import { namesOf } from './alarm-words.js';
import { useTexts } from './i18n/language.js';
import { PriorityMark } from './priority-mark.js';
import { rowClass } from './row-class.js';
import { useScale } from './scale.js';
import { ROW_HEIGHT } from './scroll-anchor.js';
import { useElementSize } from './use-element-size.js';
import { useSteadyScroll } from './use-steady-scroll.js';
import { useWork } from './work.js';

/** Rows kept ready above and below those in view, so that a quick scroll shows no gap. */
const SPARE_ROWS = 6;

const COLUMNS = ['priority', 'kind', 'subject', 'place', 'since', 'state', 'attachments', 'actions'] as const;

interface Props {
  readonly rows: readonly AlarmView[];
  readonly handlers: AlarmHandlers;
  /** Alarms whose request is under way. */
  readonly busy: ReadonlySet<string>;
  readonly arrivedAt: ReadonlyMap<string, number>;
  readonly loaded: boolean;
  readonly filtered: boolean;
  readonly filter: AlarmFilter;
  readonly clock: Clock;
  /** Where the list was scrolled to when the page was left, CSS pixels; kept up to date. */
  readonly memory: RefObject<number>;
}

/**
 * The alarms as a table. Only the rows in view are in the page, and of those only the changed ones are drawn
 * again: a library's table took 40 ms for each change of 5,000 rows.
 */
export function AlarmTable(props: Props) {
  const { rows, handlers, busy, arrivedAt, loaded, filtered, filter, clock, memory } = props;
  const { t } = useTexts();
  const panel = useRef<HTMLElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const { height } = useElementSize(body);
  const rowHeight = Math.round(ROW_HEIGHT * useScale());
  const keys = useMemo(() => rows.map((alarm) => alarm.id), [rows]);
  const scrollTo = useCallback((wanted: number) => {
    const element = body.current;
    if (element === null) return 0;
    element.scrollTop = wanted;
    return element.scrollTop;
  }, []);
  const steady = useSteadyScroll(keys, filter, scrollTo, clock, rowHeight);
  const [first, setFirst] = useState(0);

  useLayoutEffect(() => {
    if (loaded && memory.current > 0) scrollTo(memory.current);
  }, [loaded, memory, scrollTo]);
  useScrollKeys(panel, (event) => {
    steady.watch.onKeyDown(event);
    const step = scrollStep(event.key, height, rows.length, rowHeight);
    if (step === null) return;
    event.preventDefault();
    scrollTo((body.current?.scrollTop ?? 0) + step);
  });

  const now = clock.now();
  const from = Math.max(0, Math.min(first, rows.length - 1) - SPARE_ROWS);
  const shown = rows.slice(from, from + Math.ceil(height / rowHeight) + 2 * SPARE_ROWS + 1);
  return (
    <section
      ref={panel}
      className="table-panel"
      onPointerMove={steady.watch.onPointerMove}
      onPointerLeave={steady.watch.onPointerLeave}
    >
      {steady.newAbove > 0 && (
        <Button className="new-above" type="primary" size="small" shape="round" onClick={steady.toTop}>
          {t('table.newAbove', { count: steady.newAbove })}
        </Button>
      )}
      <table className="table" aria-label={t('table.label')} aria-rowcount={rows.length + 1}>
        <thead>
          <tr className="table-head" aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <th scope="col" key={column}>
                {t(`column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          ref={body}
          className="table-body"
          style={{ '--rows-height': `${rows.length * rowHeight}px` } as CSSProperties}
          onScroll={(event) => {
            const top = event.currentTarget.scrollTop;
            memory.current = top;
            setFirst(Math.floor(top / rowHeight));
            steady.onScroll(top);
          }}
        >
          {shown.map((alarm, index) => (
            <Row
              key={alarm.id}
              alarm={alarm}
              place={from + index}
              rowHeight={rowHeight}
              handlers={handlers}
              busy={busy.has(alarm.id)}
              isNew={isFresh(arrivedAt, alarm.id, now)}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <NoRows loaded={loaded} filtered={filtered} />}
    </section>
  );
}

interface RowProps {
  readonly alarm: AlarmView;
  /** Index in the whole list. */
  readonly place: number;
  readonly rowHeight: number;
  readonly handlers: AlarmHandlers;
  readonly busy: boolean;
  readonly isNew: boolean;
}

const Row = memo(function Row({ alarm, place, rowHeight, handlers, busy, isNew }: RowProps) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { kind, lift } = namesOf(t, directory, alarm);
  return (
    <tr
      className={`table-row ${rowClass(alarm, isNew)}`}
      aria-rowindex={place + 2}
      aria-label={[t(`priority.${alarm.priority}`), kind, lift].join(', ')}
      data-row-key={alarm.id}
      style={{ transform: `translateY(${place * rowHeight}px)`, height: rowHeight }}
    >
      <td>
        <PriorityMark priority={alarm.priority} />
      </td>
      <td>
        <KindField alarm={alarm} />
      </td>
      <td>
        <SubjectField alarm={alarm} />
      </td>
      <td>
        <PlaceField alarm={alarm} />
      </td>
      <td>
        <SinceField alarm={alarm} />
      </td>
      <td>
        <StateField alarm={alarm} />
      </td>
      <td>
        <AttachmentsField alarm={alarm} />
      </td>
      <td>
        <AlarmActions alarm={alarm} handlers={handlers} busy={busy} />
      </td>
    </tr>
  );
});

function NoRows({ loaded, filtered }: Pick<Props, 'loaded' | 'filtered'>) {
  const { t } = useTexts();
  if (!loaded) return <Spin description={t('table.loading')} className="table-empty" />;
  return <p className="table-empty">{t(filtered ? 'table.emptyFiltered' : 'table.empty')}</p>;
}

/** How far a key moves the list, CSS pixels; null for any other key. */
function scrollStep(key: string, height: number, rows: number, rowHeight: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return rowHeight;
    case 'ArrowUp':
      return -rowHeight;
    case 'PageDown':
      return height - rowHeight;
    case 'PageUp':
      return rowHeight - height;
    case 'End':
      return rows * rowHeight;
    case 'Home':
      return -rows * rowHeight;
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
      const nowhere = focused === null || focused === document.body || focused.id === 'main';
      const ours = nowhere || panel.current?.contains(focused) === true;
      if (ours && !event.defaultPrevented) latest.current(event);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [panel]);
}
