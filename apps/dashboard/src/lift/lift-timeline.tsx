import { Button, Spin } from 'antd';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { describeState, PlaceField } from '../alarm-fields.js';
import type { AlarmView } from '../alarm-view.js';
import { describeCause } from '../alarm-words.js';
import type { FaultView } from '../fault-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf, type Translate } from '../i18n/translate.js';
import { Failed } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { PriorityMark } from '../priority-mark.js';
import { describeDuration, formatMoment } from '../time-format.js';
import { useWork } from '../work.js';
import { type TimelineEntry, timelineOf } from './timeline.js';

interface Props {
  readonly code: string;
  /** Changes when an alarm of the lift does: then the timeline is read again. */
  readonly version: string;
}

/** What happened to the lift: each fault with its alarm and what people did. */
export function LiftTimeline({ code, version }: Props) {
  const { t } = useTexts();
  const { fleet } = useWork();
  const readFaults = useCallback(
    (cursor: string | null, signal: AbortSignal) => fleet.faults({ lift: code }, cursor, signal),
    [fleet, code],
  );
  const readAlarms = useCallback(
    (cursor: string | null, signal: AbortSignal) => fleet.alarmsOf(code, cursor, signal),
    [fleet, code],
  );
  const faults = usePages(readFaults);
  const alarms = usePages(readAlarms);
  const reload = () => {
    faults.reload();
    alarms.reload();
  };
  const readVersion = useRef(version);
  useEffect(() => {
    if (readVersion.current === version) return;
    readVersion.current = version;
    reload();
  });
  const allFaults = faults.more === null;
  const allAlarms = alarms.more === null;
  const entries = useMemo(
    () =>
      timelineOf({ items: faults.items, complete: allFaults }, { items: alarms.items, complete: allAlarms }),
    [faults.items, allFaults, alarms.items, allAlarms],
  );
  const failure = faults.failure ?? alarms.failure;
  const more = faults.more !== null || alarms.more !== null;
  const loading = faults.loading || alarms.loading;
  return (
    <section className="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{t('timeline.title')}</h2>
      {failure !== null && <Failed failure={failure} onRetry={reload} />}
      {loading && entries.length === 0 && <Spin className="asking" description={t('list.loading')} />}
      {faults.loaded && alarms.loaded && entries.length === 0 && (
        <p className="list-empty">{t('timeline.empty')}</p>
      )}
      <ol className="timeline">
        {entries.map((entry) => (
          <Entry key={entry.key} entry={entry} />
        ))}
      </ol>
      {more && (
        <Button
          loading={loading}
          onClick={() => {
            faults.more?.();
            alarms.more?.();
          }}
        >
          {t('timeline.more')}
        </Button>
      )}
    </section>
  );
}

function Entry({ entry: { fault, alarm, atMs } }: { readonly entry: TimelineEntry }) {
  const { t } = useTexts();
  const told = alarm ?? fault;
  if (told === null) return null;
  return (
    <li className={`timeline-entry row-${told.priority}`}>
      <time className="timeline-time digits" dateTime={new Date(atMs).toISOString()}>
        {formatMoment(atMs)}
      </time>
      <div className="timeline-body">
        <p className="timeline-head">
          <PriorityMark priority={told.priority} quiet={alarm === null} />
          <strong>{nameOf(t, 'kind', told.kind)}</strong>
          <span className="line-small">{causeOf(t, fault, alarm)}</span>
        </p>
        {alarm !== null && alarm.subject !== null && <PlaceField alarm={alarm} />}
        {fault !== null && <FaultLine fault={fault} />}
        {alarm !== null && <AlarmLine alarm={alarm} />}
      </div>
    </li>
  );
}

function causeOf(t: Translate, fault: FaultView | null, alarm: AlarmView | null): string {
  if (fault === null) return alarm === null ? '' : describeCause(t, alarm);
  const reason = fault.reason === '' ? '' : ` · ${nameOf(t, 'reason', fault.reason)}`;
  return `${nameOf(t, 'evidence', fault.evidence)}${reason}`;
}

function FaultLine({ fault }: { readonly fault: FaultView }) {
  const { t } = useTexts();
  const length = fault.clearedAtMs === null ? null : describeDuration(fault.clearedAtMs - fault.raisedAtMs);
  return (
    <p className="timeline-line">
      <span className="timeline-what">{t('timeline.fault')}</span> {t(`faultState.${fault.state}`)}
      {length !== null && ` · ${t('timeline.lasted', { duration: t(length.key, length.values) })}`}
      {fault.clearReason !== null && ` · ${nameOf(t, 'reason', fault.clearReason)}`}
      {fault.code !== null && (
        <span className="digits code">
          {' '}
          · {fault.profile} {fault.code}
        </span>
      )}
      {fault.attachments > 0 && ` · ${t('alarm.attachments', { count: fault.attachments })}`}
    </p>
  );
}

function AlarmLine({ alarm }: { readonly alarm: AlarmView }) {
  const { t } = useTexts();
  const seen = alarm.acknowledgedBy !== null && alarm.state !== 'acknowledged';
  return (
    <p className="timeline-line">
      <span className="timeline-what">{t('timeline.alarm')}</span>{' '}
      <span className={`state-${alarm.state}`}>{t(`state.${alarm.state}`)}</span> {describeState(t, alarm)}
      {seen && alarm.state === 'closed' && ` · ${t('state.seen', { name: alarm.acknowledgedBy ?? '' })}`}
    </p>
  );
}
