import { memo } from 'react';
import { describeBreach, describeRows, type IndicatorSubject, type WebhookSubject } from './alarm-subject.js';
import type { AlarmView } from './alarm-view.js';
import { describeCause, subjectName } from './alarm-words.js';
import type { Directory } from './directory.js';
import { useTexts } from './i18n/language.js';
import { nameOf, type Translate } from './i18n/translate.js';
import { indicatorHref } from './indicators/place-search.js';
import { useNow } from './now.js';
import { liftHref, webhookHref } from './router.js';
import { maySeeWebhooks } from './session.js';
import { describeDuration, formatMinute, formatMoment } from './time-format.js';
import { useWork } from './work.js';

interface Props {
  readonly alarm: AlarmView;
}

export function KindField({ alarm }: Props) {
  const { t } = useTexts();
  return <Lines strong first={nameOf(t, 'kind', alarm.kind)} second={describeCause(t, alarm)} />;
}

export function SubjectField({ alarm }: Props) {
  const { t } = useTexts();
  const { directory, session } = useWork();
  const { lift, subject, sourceKey } = alarm;
  const name = subjectName(t, directory, alarm);
  if (subject?.type === 'webhook-endpoint' && sourceKey !== null && maySeeWebhooks(session)) {
    return (
      <>
        <a className="line line-strong" href={webhookHref(sourceKey)} title={name}>
          {name}
        </a>
        <span className="line line-small">{describeSubject(t, directory, alarm)}</span>
      </>
    );
  }
  if (lift === null) {
    return <Lines strong first={name} second={subject && describeSubject(t, directory, alarm)} />;
  }
  return (
    <>
      <a
        className="line line-strong digits"
        href={liftHref(lift)}
        aria-label={t('lift.open', { lift: name })}
      >
        {alarm.rescueCode ?? t('lift.noRescueCode')}
      </a>
      <span className="line line-small digits code" title={lift}>
        {lift}
      </span>
    </>
  );
}

/** What kind of thing a subject without a lift is. */
function describeSubject(t: Translate, directory: Directory, { subject, firm }: AlarmView): string {
  if (subject?.type === 'indicator') return nameOf(t, 'scope', subject.scope.kind);
  return firm === null ? t('webhook.endpoint') : directory.firmName(firm);
}

/** Where it is; of a rate its figures, of a webhook since when. */
export function PlaceField({ alarm }: Props) {
  const { t } = useTexts();
  const { subject } = alarm;
  if (subject?.type === 'indicator') return <Figures subject={subject} />;
  if (subject?.type === 'webhook-endpoint') return <Endpoint alarm={alarm} subject={subject} />;
  return (
    <Lines
      first={alarm.lift === null ? '' : (alarm.address ?? t('lift.noAddress'))}
      second={alarm.districtName ?? alarm.district}
      hint={alarm.district ?? ''}
    />
  );
}

function Figures({ subject }: { readonly subject: IndicatorSubject }) {
  const { t } = useTexts();
  const first = describeBreach(t, subject);
  const second = describeRows(t, subject);
  return (
    <>
      <a className="line" href={indicatorHref(subject)} title={first}>
        {first}
      </a>
      <span className="line line-small" title={second}>
        {second}
      </span>
    </>
  );
}

function Endpoint({ alarm, subject }: Props & { readonly subject: WebhookSubject }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { sinceMs } = subject;
  return (
    <Lines
      first={sinceMs === null ? '' : t('webhook.since', { time: formatMinute(sinceMs) })}
      second={alarm.district === null ? '' : directory.districtName(alarm.district)}
    />
  );
}

interface LinesProps {
  readonly first: string;
  readonly second: string | null;
  readonly strong?: boolean;
  /** Shown on pointing at the second line; the line itself unless given. */
  readonly hint?: string;
}

/** Two lines of a cell; each is cut off where the cell ends, and whole when pointed at. */
function Lines({ first, second, strong = false, hint = second ?? '' }: LinesProps) {
  return (
    <span className="lines">
      <span className={strong ? 'line line-strong' : 'line'} title={first}>
        {first}
      </span>
      {second !== null && second !== '' && (
        <span className="line line-small" title={hint}>
          {second}
        </span>
      )}
    </span>
  );
}

export function SinceField({ alarm }: Props) {
  const { t } = useTexts();
  return (
    <>
      <span className="line digits" title={new Date(alarm.raisedAtMs).toString()}>
        {formatMoment(alarm.raisedAtMs)}
      </span>
      <span className="line line-small digits">
        <Elapsed alarm={alarm} />
        {!alarm.recorded && (
          <span className="clock-suspect" title={t('alarm.unrecordedHint')}>
            ⚠ {t('alarm.unrecorded')}
          </span>
        )}
        {alarm.clockSuspect && (
          <span className="clock-suspect" title={t('alarm.clockSuspectHint')}>
            ⚠ {t('alarm.clockSuspect')}
          </span>
        )}
      </span>
    </>
  );
}

const Elapsed = memo(function Elapsed({ alarm }: Props) {
  const endedAt = alarm.clearedAt ?? alarm.closedAt;
  return endedAt === null ? (
    <Ticking fromMs={alarm.raisedAtMs} />
  ) : (
    <Length ms={Date.parse(endedAt) - alarm.raisedAtMs} />
  );
});

function Ticking({ fromMs }: { readonly fromMs: number }) {
  return <Length ms={useNow() - fromMs} />;
}

function Length({ ms }: { readonly ms: number }) {
  const { t } = useTexts();
  const { key, values } = describeDuration(ms);
  return <span>{t(key, values)}</span>;
}

export function StateField({ alarm }: Props) {
  const { t } = useTexts();
  const detail = describeState(t, alarm).trim();
  return (
    <>
      <span className={`line state state-${alarm.state}`}>{t(`state.${alarm.state}`)}</span>
      {detail !== '' && (
        <span className="line line-small" title={detail}>
          {detail}
        </span>
      )}
    </>
  );
}

/** When it came into this state, and by whom. */
export function describeState(t: Translate, alarm: AlarmView): string {
  const when = (at: string | null) => (at === null ? '' : formatMinute(Date.parse(at)));
  switch (alarm.state) {
    case 'raised':
      return '';
    case 'acknowledged':
      return `${when(alarm.acknowledgedAt)} ${alarm.acknowledgedBy ?? ''}`;
    case 'cleared':
    case 'cleared-unconfirmed': {
      const seen = alarm.acknowledgedBy === null ? '' : t('state.seen', { name: alarm.acknowledgedBy });
      return `${when(alarm.clearedAt)} ${seen}`;
    }
    case 'closed': {
      const note = alarm.note === null ? '' : ` · ${alarm.note}`;
      return `${when(alarm.closedAt)} ${alarm.closedBy ?? t('state.automatic')}${note}`;
    }
  }
}

export function AttachmentsField({ alarm }: Props) {
  const { t } = useTexts();
  if (alarm.attachments === 0) return null;
  const key = alarm.subject === null ? 'alarm.attachments' : 'alarm.renewals';
  const text = t(key, { count: alarm.attachments });
  return (
    <span className="attachments digits" title={text}>
      <span aria-hidden="true">+{alarm.attachments}</span>
      <span className="visually-hidden">{text}</span>
    </span>
  );
}
