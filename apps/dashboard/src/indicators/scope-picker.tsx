import { Select } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import type { Scope } from '../alarm-subject.js';
import { useTexts } from '../i18n/language.js';
import type { LiftView } from '../lift/lift-view.js';
import { useWork } from '../work.js';
import { scopeGroups, scopeKeyOf, scopeTitle } from './scope-choice.js';

/** Lifts are asked for when a person stops typing; milliseconds. */
const SETTLED_MS = 300;
/** Two characters find too much to be of use. */
const SOUGHT_MIN = 2;

interface Props {
  readonly scope: Scope | null;
  readonly onChange: (key: string) => void;
}

/** Districts and firms by what the page knows, sites and lifts by what the server finds. */
export function ScopePicker({ scope, onChange }: Props) {
  const { t } = useTexts();
  const { directory, session } = useWork();
  const [typed, setTyped] = useState('');
  const lifts = useLifts(typed);
  const groups = useMemo(
    () => scopeGroups(t, { own: session.scope, directory, lifts }, typed),
    [t, session, directory, lifts, typed],
  );
  const value = scope === null ? null : { value: scopeKeyOf(scope), label: scopeTitle(t, directory, scope) };
  return (
    <Select<{ value: string; label?: unknown }>
      className="filter filter-wide"
      labelInValue
      showSearch={{ filterOption: false, onSearch: setTyped }}
      aria-label={t('figures.scope')}
      placeholder={t('figures.scopeHint')}
      notFoundContent={t('figures.scopeNone')}
      popupMatchSelectWidth={false}
      value={value as never}
      options={groups.map(({ label, options }) => ({ label, options: [...options] }))}
      onChange={(next) => {
        setTyped('');
        onChange(next.value);
      }}
    />
  );
}

function useLifts(typed: string): readonly LiftView[] {
  const { fleet } = useWork();
  const [lifts, setLifts] = useState<readonly LiftView[]>([]);
  const q = typed.trim();
  useEffect(() => {
    if (q.length < SOUGHT_MIN) {
      setLifts([]);
      return;
    }
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      void fleet.lifts({ q, district: null, firm: null }, null, leaving.signal).then((page) => {
        if (!leaving.signal.aborted && page.ok) setLifts(page.value.items);
      });
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [fleet, q]);
  return lifts;
}
