import { compareAlarms } from '../alarm-selection.js';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { PriorityMark } from '../priority-mark.js';

/** The worst open alarm of a lift, and how many more there are. */
export function OpenAlarms({ alarms }: { readonly alarms: readonly AlarmView[] }) {
  const { t } = useTexts();
  const [worst] = [...alarms].sort(compareAlarms);
  if (worst === undefined) return <span className="line-small">{t('lifts.noAlarm')}</span>;
  const more = alarms.length - 1;
  return (
    <>
      <PriorityMark priority={worst.priority} />
      <span className="line line-small">
        {nameOf(t, 'kind', worst.kind)}
        {more > 0 && ` ${t('lifts.moreAlarms', { count: more })}`}
      </span>
    </>
  );
}
