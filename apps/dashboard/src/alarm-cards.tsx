import { Button, Empty, Spin } from 'antd';
import { memo, useState } from 'react';
import { AlarmActions, type AlarmHandlers } from './alarm-actions.js';
import {
  AttachmentsField,
  KindField,
  PlaceField,
  SinceField,
  StateField,
  SubjectField,
} from './alarm-fields.js';
import { isFresh } from './alarm-store.js';
import type { AlarmView } from './alarm-view.js';
import { useTexts } from './i18n/language.js';
import { PriorityMark } from './priority-mark.js';
import { rowClass } from './row-class.js';
import { useWork } from './work.js';

/** Cards shown at first, and added by each "more". The most urgent come first. */
const CARDS_STEP = 100;

interface Props {
  readonly rows: readonly AlarmView[];
  readonly handlers: AlarmHandlers;
  /** Alarms whose request is under way. */
  readonly busy: ReadonlySet<string>;
  readonly arrivedAt: ReadonlyMap<string, number>;
  readonly loaded: boolean;
  readonly filtered: boolean;
}

/**
 * The alarms on a narrow page: one card each, scrolled with the page, so the browser's own anchoring keeps
 * the place.
 */
export function AlarmCards({ rows, handlers, busy, arrivedAt, loaded, filtered }: Props) {
  const { t } = useTexts();
  const { clock } = useWork();
  const [limit, setLimit] = useState(CARDS_STEP);
  if (!loaded) return <Spin description={t('table.loading')} className="cards-empty" />;
  if (rows.length === 0) {
    return (
      <Empty
        className="cards-empty"
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={t(filtered ? 'table.emptyFiltered' : 'table.empty')}
      />
    );
  }
  const rest = rows.length - limit;
  const now = clock.now();
  return (
    <>
      <ul className="cards" aria-label={t('table.label')}>
        {rows.slice(0, limit).map((alarm) => (
          <Card
            key={alarm.id}
            alarm={alarm}
            handlers={handlers}
            busy={busy.has(alarm.id)}
            isNew={isFresh(arrivedAt, alarm.id, now)}
          />
        ))}
      </ul>
      {rest > 0 && (
        <Button block onClick={() => setLimit(limit + CARDS_STEP)}>
          {t('table.more', { count: Math.min(rest, CARDS_STEP), total: rows.length })}
        </Button>
      )}
    </>
  );
}

interface CardProps {
  readonly alarm: AlarmView;
  readonly handlers: AlarmHandlers;
  readonly busy: boolean;
  readonly isNew: boolean;
}

const Card = memo(function Card({ alarm, handlers, busy, isNew }: CardProps) {
  return (
    <li className={`card ${rowClass(alarm, isNew)}`}>
      <div className="card-head">
        <PriorityMark priority={alarm.priority} />
        <span className="card-since">
          <SinceField alarm={alarm} />
        </span>
      </div>
      <div className="card-kind">
        <KindField alarm={alarm} />
      </div>
      <div className="card-grid">
        <div>
          <SubjectField alarm={alarm} />
        </div>
        <div>
          <PlaceField alarm={alarm} />
        </div>
      </div>
      <div className="card-foot">
        <div className="card-state">
          <StateField alarm={alarm} />
        </div>
        <AttachmentsField alarm={alarm} />
        <AlarmActions alarm={alarm} handlers={handlers} busy={busy} />
      </div>
    </li>
  );
});
