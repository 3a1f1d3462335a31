import { App, Button, Popconfirm } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import type { AlarmView } from '../alarm-view.js';
import type { ApiResult } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { nameOf, type Translate } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import type { Column } from '../lists/list-table.js';
import { ListHead, PagedTable } from '../lists/paged-table.js';
import { usePages } from '../lists/use-pages.js';
import { mayRule } from '../session.js';
import { useWork } from '../work.js';
import { BacktestPanel } from './backtest-panel.js';
import { targetText } from './figure-words.js';
import { listedIndicator } from './indicator-list.js';
import { PoliciesPanel } from './policies-panel.js';
import { bodyOfRule } from './rule-draft.js';
import { RuleForm } from './rule-form.js';
import { RuleStates } from './rule-states.js';
import type { RuleView } from './rule-view.js';
import { districtOf } from './scope-choice.js';
import type { TabProps } from './tab-props.js';

/** Rules that run as events arrive: what they ask, where they are broken, and what they would have said. */
export function RulesTab({ scope, alarms }: TabProps) {
  const { t } = useTexts();
  const { indicators, session } = useWork();
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) => indicators.rules(cursor, signal),
    [indicators],
  );
  const pages = usePages(read);
  const { reload } = pages;
  const [opened, setOpened] = useState<string | null>(null);
  const columns = useColumns(alarms, reload, setOpened);
  const district = districtOf(scope);
  if (!mayRule(session)) return <p className="list-empty">{t('list.forbidden')}</p>;
  const tested = pages.items.find(({ id }) => id === opened) ?? null;
  return (
    <>
      {district !== null && <PoliciesPanel district={district} onChanged={reload} />}
      <section className="figures-part">
        <ListHead level={2} title={t('rules.title')} hint={t('rules.hint')} pages={pages} />
        <PagedTable
          label={t('rules.title')}
          columns={columns}
          pages={pages}
          rowKey={({ id }) => id}
          empty={t('rules.empty')}
        />
      </section>
      {tested !== null && (
        <section className="panel" aria-label={t('backtest.title')}>
          <h2>
            {t('backtest.of', { rule: ruleName(t, tested) })}{' '}
            <Button size="small" onClick={() => setOpened(null)}>
              {t('backtest.close')}
            </Button>
          </h2>
          <BacktestPanel key={tested.id} body={bodyOfRule(tested)} unit={unitOf(tested)} />
        </section>
      )}
      <RuleForm district={district ?? ''} onMade={reload} />
    </>
  );
}

function unitOf({ indicator }: RuleView): string {
  return listedIndicator(indicator)?.unit ?? '';
}

/** A plan's rule by the target it is made from, a person's by its name. */
export function ruleName(t: Translate, { id, indicator }: RuleView): string {
  return id.startsWith('policy:') ? nameOf(t, 'indicator', indicator) : id;
}

function useColumns(
  alarms: ReadonlyMap<string, AlarmView>,
  reload: () => void,
  onTest: (id: string) => void,
): readonly Column<RuleView>[] {
  const { t } = useTexts();
  return useMemo(
    () => [
      {
        key: 'rule',
        title: t('rules.rule'),
        render: (rule) => (
          <>
            <span className="line line-strong line-wraps">{ruleName(t, rule)}</span>
            <span className="line line-small line-wraps digits">
              {rule.id.startsWith('policy:') && `${rule.id} · `}
              {t('rules.version', { version: rule.version })}
            </span>
          </>
        ),
      },
      {
        key: 'asks',
        title: t('rules.asks'),
        render: (rule) => (
          <>
            <span className="line line-wraps">
              {nameOf(t, 'indicator', rule.indicator)}{' '}
              <span className="digits">{targetText(t, rule.direction, rule.threshold, unitOf(rule))}</span>
            </span>
            <span className="line line-small line-wraps">{describeRule(t, rule)}</span>
          </>
        ),
      },
      { key: 'where', title: t('rules.where'), width: '14rem', render: (rule) => <Where rule={rule} /> },
      {
        key: 'states',
        title: t('rules.states'),
        width: '15rem',
        render: (rule) => <RuleStates rule={rule} unit={unitOf(rule)} alarms={alarms} />,
      },
      {
        key: 'actions',
        title: t('rules.actions'),
        width: '13rem',
        render: (rule) => <Actions rule={rule} onChanged={reload} onTest={() => onTest(rule.id)} />,
      },
    ],
    [t, alarms, reload, onTest],
  );
}

/** Window, reading, and what keeps it from crying wolf. */
function describeRule(t: Translate, rule: RuleView): string {
  const { windowDays, windowPeriod, minimumExposure, hysteresis, holdMinutes } = rule;
  const parts = [
    windowPeriod === null
      ? t('rules.lastDays', { days: windowDays ?? '' })
      : t('rules.running', { period: t(`period.${windowPeriod}` as 'period.month') }),
    rule.evidence === 'official' ? t('figures.official') : t('figures.provisional'),
  ];
  if (rule.limitMinutes !== null) parts.push(t('rules.limit', { minutes: rule.limitMinutes }));
  if (rule.atLeast !== null) parts.push(t('rules.atLeast', { count: rule.atLeast }));
  if (minimumExposure > 0) parts.push(t('rules.exposure', { count: minimumExposure }));
  if (hysteresis > 0) parts.push(t('rules.hysteresis', { value: hysteresis }));
  if (holdMinutes > 0) parts.push(t('rules.hold', { minutes: holdMinutes }));
  return parts.join(' · ');
}

function Where({ rule }: { readonly rule: RuleView }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { district, ids } = rule;
  return (
    <>
      <span className="line">{t('rules.each', { kind: nameOf(t, 'scope', rule.scopeKind) })}</span>
      <span className="line line-small line-wraps">
        {district !== null && directory.districtName(district)}
        {ids !== null && t('rules.named', { count: ids.length })}
        {district === null && ids === null && t('rules.everywhere')}
      </span>
    </>
  );
}

interface ActionsProps {
  readonly rule: RuleView;
  readonly onChanged: () => void;
  readonly onTest: () => void;
}

function Actions({ rule, onChanged, onTest }: ActionsProps) {
  const { t } = useTexts();
  const { indicators } = useWork();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const run = async (change: Promise<ApiResult<unknown>>) => {
    setBusy(true);
    const answer = await change;
    setBusy(false);
    if (answer.ok) onChanged();
    else void message.error(describeFailure(t, answer));
  };
  const ofPolicy = rule.id.startsWith('policy:');
  return (
    <span className="rule-actions">
      <Button size="small" onClick={onTest}>
        {t('backtest.open')}
      </Button>
      {!ofPolicy && rule.enabled && (
        <Popconfirm
          title={t('rules.disableConfirm')}
          okText={t('rules.disable')}
          onConfirm={() => run(indicators.disableRule(rule.id))}
        >
          <Button size="small" danger loading={busy}>
            {t('rules.disable')}
          </Button>
        </Popconfirm>
      )}
      {!ofPolicy && !rule.enabled && (
        <Button size="small" loading={busy} onClick={() => void run(indicators.enableRule(rule.id))}>
          {t('rules.enable')}
        </Button>
      )}
      {ofPolicy && <span className="line-small">{t('rules.ofPolicy')}</span>}
    </span>
  );
}
