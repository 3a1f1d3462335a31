import './indicators.css';
import { Alert, Spin } from 'antd';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { Scope } from '../alarm-subject.js';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import type { Place } from '../router.js';
import { mayRule, maySeeFindings } from '../session.js';
import { useWork } from '../work.js';
import { FiguresTab } from './figures-tab.js';
import { FindingsTab } from './findings-tab.js';
import { PeriodPicker } from './period-picker.js';
import { type Choice, choiceHref, choiceOf, TABS } from './place-search.js';
import { RankingTab } from './ranking-tab.js';
import { RulesTab } from './rules-tab.js';
import { firstScope, readScopeKey, scopeKeyOf, scopeTitle } from './scope-choice.js';
import { ScopePicker } from './scope-picker.js';
import type { TabProps } from './tab-props.js';

interface Props {
  readonly place: Place;
  readonly alarms: ReadonlyMap<string, AlarmView>;
}

/** The figures of a district, a firm, an estate … against the plans in force, and what they rest on. */
export default function IndicatorsPage({ place, alarms }: Props) {
  const { t } = useTexts();
  const { clock, session, directory } = useWork();
  const choice = useMemo(() => choiceOf(place, clock.now()), [place, clock]);
  const begun = useMemo(() => firstScope(session.scope, directory), [session, directory]);
  const scope = useMemo(() => readScopeKey(choice.scope ?? '') ?? begun, [choice.scope, begun]);
  useFocusOnView(`${choice.tab} ${choice.indicator}`);
  const change = useCallback(
    (part: Partial<Choice>) => {
      // A choice is a step that "back" takes back.
      location.hash = choiceHref({ ...choice, window: null, ...part }).slice(1);
    },
    [choice],
  );
  return (
    <div className="page">
      <div className="list-head">
        <h1>
          {t('nav.indicators')}
          {scope !== null && (
            <span className="lift-address">
              {nameOf(t, 'scope', scope.kind)}
              {scope.kind !== 'all' && ` · ${scopeTitle(t, directory, scope)}`}
            </span>
          )}
        </h1>
        <p className="list-hint">{t('figures.hint')}</p>
        <search className="filters" aria-label={t('filter.label')}>
          <ScopePicker scope={scope} onChange={(key) => change({ scope: key, target: null })} />
          <PeriodPicker period={choice.period} onChange={(period) => change({ period })} />
        </search>
      </div>
      <Tabs choice={choice} scope={scope} />
      {scope === null ? <NoScope /> : <View choice={choice} scope={scope} alarms={alarms} />}
    </div>
  );
}

/** Another view takes the focus as another page does, so that a keyboard or a screen reader goes on there. */
function useFocusOnView(view: string): void {
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    document.getElementById('main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [view]);
}

function View(props: TabProps) {
  switch (props.choice.tab) {
    case 'figures':
      return <FiguresTab {...props} />;
    case 'ranking':
      return <RankingTab {...props} />;
    case 'findings':
      return <FindingsTab {...props} />;
    case 'rules':
      return <RulesTab {...props} />;
  }
}

/** The names of districts and firms come after sign-in; a key that sees none of either is told so. */
function NoScope() {
  const { t } = useTexts();
  const { directory } = useWork();
  const waiting = directory.districts.length === 0 && directory.firms.length === 0;
  if (waiting) return <Spin className="asking" description={t('list.loading')} />;
  return <Alert type="info" showIcon title={t('figures.chooseScope')} />;
}

function Tabs({ choice, scope }: { readonly choice: Choice; readonly scope: Scope | null }) {
  const { t } = useTexts();
  const { session } = useWork();
  const key = scope === null ? null : scopeKeyOf(scope);
  const offered = TABS.filter((tab) => {
    if (tab === 'rules') return mayRule(session);
    return tab !== 'findings' || maySeeFindings(session);
  });
  return (
    <nav className="nav tabs" aria-label={t('figures.views')}>
      {offered.map((tab) => (
        <a
          key={tab}
          className="nav-link"
          href={choiceHref({ tab, scope: key, period: choice.period })}
          aria-current={tab === choice.tab && choice.indicator === null ? 'page' : undefined}
        >
          {t(`figures.tab.${tab}`)}
        </a>
      ))}
    </nav>
  );
}
