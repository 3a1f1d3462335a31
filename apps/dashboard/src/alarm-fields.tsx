import { memo } from 'react';
import type { AlarmView } from './alarm-view.js';
import { useTexts } from './i18n/language.js';
import { nameOf, type Translate } from './i18n/translate.js';
import { useNow } from './now.js';
import { liftHref } from './router.js';
import { describeDuration, formatMinute, formatMoment } from './time-format.js';

interface Props {
  readonly alarm: AlarmView;
}

/** The lift as people name it aloud: by the rescue code on its label, else by its registration code. */
export function liftName(t: Translate, alarm: AlarmView): string {
  return alarm.rescueCode === null ? alarm.lift : t('lift.rescueCode', { code: alarm.rescueCode });
}

export function KindField({ alarm }: Props) {
  const { t } = useTexts();
  const kind = nameOf(t, 'kind', alarm.kind);
  const evidence = nameOf(t, 'evidence', alarm.evidence);
  // "Reported · by the terminal" would say it twice.
  const told = alarm.reason === null || alarm.reason === 'reported-by-terminal';
  const reason = told ? '' : ` · ${nameOf(t, 'reason', alarm.reason ?? '')}`;
  return (
    <>
      <span className="line line-strong" title={kind}>
        {kind}
      </span>
      <span className="line line-small" title={`${evidence}${reason}`}>
        {evidence}
        {reason}
      </span>
    </>
  );
}

export function LiftField({ alarm }: Props) {
  const { t } = useTexts();
  return (
    <>
      <a
        className="line line-strong digits"
        href={liftHref(alarm.lift)}
        aria-label={t('lift.open', { lift: liftName(t, alarm) })}
      >
        {alarm.rescueCode ?? t('lift.noRescueCode')}
      </a>
      <span className="line line-small digits code" title={alarm.lift}>
        {alarm.lift}
      </span>
    </>
  );
}

export function PlaceField({ alarm }: Props) {
  const { t } = useTexts();
  const address = alarm.address ?? t('lift.noAddress');
  const district = alarm.districtName ?? alarm.district ?? '';
  return (
    <>
      <span className="line" title={address}>
        {address}
      </span>
      <span className="line line-small" title={alarm.district ?? ''}>
        {district}
      </span>
    </>
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
  const text = t('alarm.attachments', { count: alarm.attachments });
  return (
    <span className="attachments digits" title={text}>
      <span aria-hidden="true">+{alarm.attachments}</span>
      <span className="visually-hidden">{text}</span>
    </span>
  );
}
