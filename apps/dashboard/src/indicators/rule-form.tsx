import { App, Button, Input, Select } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import type { FigureEvidence, IndicatorId, ScopeKind, TargetDirection } from '#domain';
import { useTexts } from '../i18n/language.js';
import { describeFailure } from '../lists/failure-words.js';
import { useWork } from '../work.js';
import { BacktestPanel } from './backtest-panel.js';
import { LISTED_INDICATORS, listedIndicator } from './indicator-list.js';
import {
  type DraftFault,
  type DraftField,
  emptyDraft,
  RULE_DIRECTIONS,
  RULE_PERIODS,
  RULE_SCOPE_KINDS,
  type RuleDraft,
  readDraft,
  withIndicator,
} from './rule-draft.js';

interface Props {
  readonly district: string;
  readonly onMade: () => void;
}

/** A new rule; what it would have raised can be asked before it is made. */
export function RuleForm({ district, onMade }: Props) {
  const { t } = useTexts();
  const { indicators } = useWork();
  const { message } = App.useApp();
  const [draft, setDraft] = useState<RuleDraft>(() => emptyDraft(district));
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...part }));
  const whole = readDraft(draft, true);
  const testable = readDraft(draft, false);
  const faults = shown && !whole.ok ? whole.faults : {};
  const make = async () => {
    setShown(true);
    if (!whole.ok) return;
    setBusy(true);
    const answer = await indicators.makeRule(draft.id, whole.body);
    setBusy(false);
    if (!answer.ok) {
      void message.error(describeFailure(t, answer), 8);
      return;
    }
    void message.success(t('rules.made', { id: draft.id }));
    setDraft(emptyDraft(district));
    setShown(false);
    onMade();
  };
  return (
    <section className="panel">
      <h2>{t('rules.new')}</h2>
      <form
        className="rule-form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Fields
          draft={draft}
          faults={faults}
          change={change}
          onIndicator={(id) => setDraft(withIndicator(draft, id))}
        />
        <div className="rule-form-foot">
          <Button type="primary" htmlType="submit" loading={busy}>
            {t('rules.make')}
          </Button>
        </div>
      </form>
      <h3>{t('backtest.title')}</h3>
      {!testable.ok && <p className="line-small">{t('backtest.fillFirst')}</p>}
      <BacktestPanel
        body={testable.ok ? testable.body : null}
        unit={listedIndicator(draft.indicator)?.unit ?? ''}
      />
    </section>
  );
}

interface FieldsProps {
  readonly draft: RuleDraft;
  readonly faults: Readonly<Partial<Record<DraftField, DraftFault>>>;
  readonly change: (part: Partial<RuleDraft>) => void;
  readonly onIndicator: (id: IndicatorId) => void;
}

function Fields({ draft, faults, change, onIndicator }: FieldsProps) {
  const { t } = useTexts();
  const facts = listedIndicator(draft.indicator);
  const written = { draft, faults, change };
  return (
    <>
      <Typed {...written} field="id" label={t('rules.id')} hint={t('rules.idHint')} />
      <Field label={t('figures.indicator')}>
        {(id) => (
          <Select<IndicatorId>
            id={id}
            showSearch={{ optionFilterProp: 'label' }}
            value={draft.indicator}
            options={LISTED_INDICATORS.map((each) => ({ value: each.id, label: t(`indicator.${each.id}`) }))}
            onChange={onIndicator}
          />
        )}
      </Field>
      <Field label={t('rules.direction')}>
        {(id) => (
          <Select<TargetDirection>
            id={id}
            value={draft.direction}
            options={RULE_DIRECTIONS.filter(
              (each) => (each === 'at-least') === (facts?.better === 'higher'),
            ).map((value) => ({ value, label: t(`targetDirection.${value}`) }))}
            onChange={(direction) => change({ direction })}
          />
        )}
      </Field>
      <Typed
        {...written}
        field="threshold"
        label={t('rules.threshold')}
        hint={facts === null ? '' : t(`unit.${facts.unit}`, { value: '…' })}
      />
      {facts?.parameter !== undefined && facts.parameter !== null && (
        <Typed
          {...written}
          field="parameter"
          label={t(`rules.${facts.parameter.name}`)}
          hint={t('rules.absent', { value: facts.parameter.value })}
        />
      )}
      <ScopeFields {...written} />
      <WindowFields
        {...written}
        periods={RULE_PERIODS.filter((each) => facts?.periods.includes(each) ?? true)}
      />
      <Field label={t('rows.evidence')}>
        {(id) => (
          <Select<FigureEvidence>
            id={id}
            value={draft.evidence}
            disabled={facts?.readings === 1}
            options={[
              { value: 'provisional', label: t('figures.provisional') },
              { value: 'official', label: t('figures.official') },
            ]}
            onChange={(evidence) => change({ evidence })}
          />
        )}
      </Field>
      <Typed
        {...written}
        field="minimumExposure"
        label={t('rules.minimumExposure')}
        hint={t('rules.ownHint')}
      />
      <Typed {...written} field="hysteresis" label={t('rules.hysteresisLabel')} hint={t('rules.zeroHint')} />
      <Typed {...written} field="holdMinutes" label={t('rules.holdLabel')} hint={t('rules.zeroHint')} />
    </>
  );
}

type PartProps = Pick<FieldsProps, 'draft' | 'faults' | 'change'>;

function ScopeFields({ draft, faults, change }: PartProps) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.scopeKind')}>
        {(id) => (
          <Select<ScopeKind>
            id={id}
            value={draft.scopeKind}
            options={RULE_SCOPE_KINDS.map((value) => ({ value, label: t(`scope.${value}`) }))}
            onChange={(scopeKind) => change({ scopeKind })}
          />
        )}
      </Field>
      <Typed
        draft={draft}
        faults={faults}
        change={change}
        field="district"
        label={t('rules.district')}
        hint={t('rules.districtHint')}
      />
    </>
  );
}

function WindowFields({
  draft,
  faults,
  change,
  periods,
}: PartProps & { readonly periods: (typeof RULE_PERIODS)[number][] }) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t('rules.window')}>
        {(id) => (
          <Select<RuleDraft['window']>
            id={id}
            value={draft.window}
            options={[
              { value: 'days', label: t('rules.windowDays') },
              ...periods.map((value) => ({
                value,
                label: t('rules.running', { period: t(`period.${value}`) }),
              })),
            ]}
            onChange={(window) => change({ window })}
          />
        )}
      </Field>
      {draft.window === 'days' && (
        <Typed
          draft={draft}
          faults={faults}
          change={change}
          field="days"
          label={t('rules.days')}
          hint="1–366"
        />
      )}
    </>
  );
}

function Field({
  label,
  children,
}: {
  readonly label: string;
  readonly children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="rule-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface TypedProps extends PartProps {
  readonly field: DraftField;
  readonly label: string;
  readonly hint: string;
}

/** A text field with what is expected, or what is wrong with what stands there. */
function Typed({ draft, faults, change, field, label, hint }: TypedProps) {
  const { t } = useTexts();
  const fault = faults[field];
  const said = useId();
  return (
    <Field label={label}>
      {(id) => (
        <>
          <Input
            id={id}
            value={draft[field]}
            maxLength={64}
            autoComplete="off"
            aria-describedby={said}
            aria-invalid={fault !== undefined}
            {...(fault !== undefined && { status: 'error' as const })}
            onChange={({ target }) => change({ [field]: target.value })}
          />
          <span id={said} className={fault === undefined ? 'line-small' : 'rule-fault'}>
            {fault === undefined ? hint : t(`ruleFault.${fault}`)}
          </span>
        </>
      )}
    </Field>
  );
}
