import { useCallback, useState } from 'react';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { isMessageKey } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import { useWork } from '../work.js';
import { alarmHref, alarmOfRule } from './alarm-links.js';
import { figureText, grouped } from './figure-words.js';
import { choiceHref } from './place-search.js';
import { chinaTime } from './row-words.js';
import type { RuleState, RuleView } from './rule-view.js';
import { readScopeKey, scopeTitle } from './scope-choice.js';
import { useRead } from './use-read.js';

interface Props {
  readonly rule: RuleView;
  readonly unit: string;
  readonly alarms: ReadonlyMap<string, AlarmView>;
}

/** Whether a rule runs, and when opened where it is broken: read then, and not with the list. */
export function RuleStates({ rule, unit, alarms }: Props) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  if (!rule.enabled) return <span className="line state-closed">{t('rules.disabled')}</span>;
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('rules.showStates')}</summary>
      {open && <States rule={rule} unit={unit} alarms={alarms} />}
    </details>
  );
}

function States({ rule, unit, alarms }: Props) {
  const { t } = useTexts();
  const { indicators } = useWork();
  const { id } = rule;
  const read = useRead(
    useCallback((signal: AbortSignal) => indicators.ruleStates(id, signal), [indicators, id]),
  );
  if (read.failure !== null) return <p className="line-small">{describeFailure(t, read.failure)}</p>;
  if (read.value === null) return <p className="line-small">{t('list.loading')}</p>;
  if (read.value.length === 0) return <p className="line-small">{t('rules.allWithin')}</p>;
  return (
    <ul className="rule-states">
      {read.value.map((state) => (
        <State key={state.scope} state={state} rule={rule} unit={unit} alarms={alarms} />
      ))}
    </ul>
  );
}

function State({ state, rule, unit, alarms }: Props & { readonly state: RuleState }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { scope: key, value, numerator, denominator, sinceMs } = state;
  const scope = readScopeKey(key);
  const node = `ruleState.${state.state}`;
  const alarm = alarmOfRule(alarms, rule.id, key);
  return (
    <li>
      <a href={choiceHref({ scope: key, indicator: rule.indicator })}>
        {scope === null ? key : scopeTitle(t, directory, scope)}
      </a>{' '}
      <span className={state.state === 'breached' ? 'verdict-missed' : 'line-small'}>
        {isMessageKey(node) ? t(node) : state.state}
      </span>
      {value !== null && (
        <span className="line line-small digits">
          {figureText(t, unit, { value, printed: null })}
          {numerator !== null && denominator !== null && ` · ${grouped(numerator)} ÷ ${grouped(denominator)}`}
        </span>
      )}
      {sinceMs !== null && (
        <span className="line line-small digits">{t('rules.since', { time: chinaTime(sinceMs) })}</span>
      )}
      {alarm !== null && (
        <a className="line line-small" href={alarmHref(alarm)}>
          {t('figures.toAlarm')}
        </a>
      )}
    </li>
  );
}
