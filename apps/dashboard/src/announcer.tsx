import { useEffect, useRef, useState } from 'react';
import { compareAlarms } from './alarm-selection.js';
import type { AlarmStore } from './alarm-store.js';
import { namesOf } from './alarm-words.js';
import { useTexts } from './i18n/language.js';
import { useWork } from './work.js';

/** Tells a screen reader of each new critical alarm, whatever the filter shows. */
export function Announcer({ store }: { readonly store: AlarmStore }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const [text, setText] = useState('');
  const lastAt = useRef(0);

  useEffect(() => {
    const fresh = [...store.arrivedAt]
      .filter(([, at]) => at > lastAt.current)
      .flatMap(([id]) => store.alarms.get(id) ?? [])
      .filter((alarm) => alarm.priority === 'critical' && alarm.state === 'raised')
      .sort(compareAlarms);
    lastAt.current = Math.max(lastAt.current, ...store.arrivedAt.values());
    const newest = fresh[0];
    if (newest === undefined) return;
    const values = {
      count: fresh.length,
      ...namesOf(t, directory, newest),
      address: newest.address ?? t('lift.noAddress'),
    };
    setText(t(fresh.length === 1 ? 'alarm.announce' : 'alarm.announceMany', values));
  }, [store, t, directory]);

  return (
    <div className="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
