import { useCallback, useMemo } from 'react';
import type { Scope } from '../alarm-subject.js';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { type Column, ListTable } from '../lists/list-table.js';
import { useWork } from '../work.js';
import { alarmHref, alarmOfTarget } from './alarm-links.js';
import { FigureCell } from './figure-cell.js';
import { type TargetView, targetKey } from './figure-view.js';
import { formulaWords, targetText, verdictsText } from './figure-words.js';
import { periodName, readPeriodLabel } from './period-choice.js';
import { type Choice, choiceHref, RANKED_KINDS } from './place-search.js';
import { scopeKeyOf } from './scope-choice.js';
import { Sparkline } from './sparkline.js';
import { useRead } from './use-read.js';
import { trendKey, useTrends } from './use-trends.js';
import { VerdictMark } from './verdict-mark.js';

interface Props {
  readonly choice: Choice;
  readonly scope: Scope;
  readonly alarms: ReadonlyMap<string, AlarmView>;
  readonly targets: readonly TargetView[];
  /** Label of the page's period: a target's own is said where it differs. */
  readonly page: string;
}

/** A table a profile in force: what it asks, in its own words, and how the scope stands to it. */
export function TargetTables({ choice, scope, alarms, targets, page }: Props) {
  const { t } = useTexts();
  const { indicators, directory } = useWork();
  const titles = useRead(useCallback((signal: AbortSignal) => indicators.policies(signal), [indicators]));
  const columns = useColumns({ choice, scope, alarms, targets, page });
  const groups = useMemo(() => {
    const byPlan = new Map<string, TargetView[]>();
    for (const target of targets) {
      const key = `${target.profile}@${target.district}`;
      const group = byPlan.get(key);
      if (group === undefined) byPlan.set(key, [target]);
      else group.push(target);
    }
    return [...byPlan];
  }, [targets]);
  return groups.map(([key, [first, ...rest]]) => {
    if (first === undefined) return null;
    const title = titles.value?.find(({ id }) => id === first.profile)?.title ?? first.profile;
    const verdicts = [first, ...rest].map(({ verdict }) => verdict);
    return (
      <section key={key} className="figures-part">
        <h2>
          {title}
          <span className="figures-where">
            {t('figures.inForceIn', { district: directory.districtName(first.district) })}
            {' · '}
            {verdictsText(t, verdicts)}
          </span>
        </h2>
        <ListTable label={title} columns={columns} items={[first, ...rest]} rowKey={targetKey} />
      </section>
    );
  });
}

function useColumns({ choice, scope, alarms, targets, page }: Props): readonly Column<TargetView>[] {
  const { t } = useTexts();
  const key = scopeKeyOf(scope);
  const trends = useTrends(key, targets);
  const { period } = choice;
  return useMemo(
    () => [
      {
        key: 'indicator',
        title: t('figures.indicator'),
        render: (target) => <Named target={target} scope={key} choice={{ period }} page={page} />,
      },
      {
        key: 'target',
        title: t('figures.target'),
        width: '19rem',
        render: (target) => <Asked target={target} scope={scope} choice={choice} />,
      },
      {
        key: 'official',
        title: t('figures.official'),
        width: '14rem',
        render: ({ figure }) => <FigureCell said={figure} figure={figure.official} />,
      },
      {
        key: 'provisional',
        title: t('figures.provisional'),
        width: '14rem',
        render: ({ figure }) => <FigureCell said={figure} figure={figure.provisional} />,
      },
      {
        key: 'verdict',
        title: t('figures.verdict'),
        width: '10rem',
        render: (target) => <Judged target={target} alarm={alarmOfTarget(alarms, target, scope)} />,
      },
      {
        key: 'trend',
        title: t('figures.trend'),
        width: '10.5rem',
        render: ({ figure, period: own, target }) => (
          <Sparkline points={trends.get(trendKey(figure, own.label))} target={target} />
        ),
      },
    ],
    [t, key, scope, choice, period, page, alarms, trends],
  );
}

interface NamedProps {
  readonly target: TargetView;
  readonly scope: string;
  readonly choice: Pick<Choice, 'period'>;
  readonly page: string;
}

function Named({ target, scope, choice, page }: NamedProps) {
  const { t } = useTexts();
  const { figure, period } = target;
  const href = choiceHref({
    scope,
    period: choice.period,
    indicator: figure.indicator,
    target: targetKey(target),
  });
  return (
    <>
      <a className="line line-strong line-wraps" href={href}>
        {nameOf(t, 'indicator', figure.indicator)}
      </a>
      <span className="line line-small line-wraps">{formulaWords(t, figure.formula)}</span>
      {period.label !== page && (
        <span className="line line-small figures-own-period">
          {t('figures.ownPeriod', { period: periodName(t, period.label) })}
        </span>
      )}
    </>
  );
}

interface AskedProps {
  readonly target: TargetView;
  readonly scope: Scope;
  readonly choice: Choice;
}

/** The number and the plan's own words for it. */
function Asked({ target, scope, choice }: AskedProps) {
  const { t } = useTexts();
  const { scopeKind, period, figure } = target;
  const href = choiceHref({
    tab: 'ranking',
    scope: scopeKeyOf(scope),
    period: readPeriodLabel(period.label) ?? choice.period,
    by: scopeKind,
    ranked: figure.indicator,
  });
  return (
    <>
      <span className="line line-strong digits">
        {targetText(t, target.direction, target.target, target.figure.unit)}
      </span>
      <q className="line line-small line-wraps clause">{target.clause}</q>
      {scopeKind !== scope.kind && RANKED_KINDS.some((kind) => kind === scopeKind) && (
        <a className="line line-small line-wraps" href={href}>
          {t('figures.askedOf', { kind: nameOf(t, 'scope', scopeKind) })}
        </a>
      )}
    </>
  );
}

function Judged({ target, alarm }: { readonly target: TargetView; readonly alarm: AlarmView | null }) {
  const { t } = useTexts();
  return (
    <>
      <VerdictMark target={target} />
      {alarm !== null && (
        <a className="line line-small" href={alarmHref(alarm)}>
          {t('figures.toAlarm')}
        </a>
      )}
    </>
  );
}
