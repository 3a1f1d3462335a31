import { Button, Input, Segmented, Select } from 'antd';
import type { PeriodKind } from '#domain';
import { useTexts } from '../i18n/language.js';
import { useWork } from '../work.js';
import {
  asKind,
  chinaDate,
  neighbourOf,
  PERIOD_CHOICES,
  type PeriodChoice,
  periodAt,
  periodName,
  readPeriodLabel,
  recentPeriods,
} from './period-choice.js';

/** Periods offered in the list, by kind; older ones by the arrow. */
const OFFERED: Readonly<Record<PeriodKind, number>> = { month: 36, quarter: 12, year: 6, rolling: 0 };

interface Props {
  readonly period: PeriodChoice;
  readonly onChange: (period: PeriodChoice) => void;
}

/** Kind and period, with the one before and after by a button; never one that has not begun. */
export function PeriodPicker({ period, onChange }: Props) {
  const { t } = useTexts();
  const { clock } = useWork();
  const now = clock.now();
  const later = neighbourOf(period, 1);
  const runs = period.kind === 'rolling' ? period.toMs > now : later.fromMs > now;
  const offered = recentPeriods(period.kind, now, OFFERED[period.kind] || 1);
  const labels = [...new Set([...offered, period].map(({ label }) => label))];
  return (
    <fieldset className="period" aria-label={t('period.label')}>
      <Segmented<PeriodKind>
        aria-label={t('period.kind')}
        value={period.kind}
        options={PERIOD_CHOICES.map((kind) => ({ value: kind, label: t(`period.${kind}`) }))}
        onChange={(kind) => onChange(asKind(kind, period, now))}
      />
      <span className="period-steps">
        <Button aria-label={t('period.earlier')} onClick={() => onChange(neighbourOf(period, -1))}>
          ‹
        </Button>
        {period.kind === 'rolling' ? (
          <Input
            className="period-day"
            type="date"
            aria-label={t('period.lastDay')}
            max={chinaDate(now)}
            value={chinaDate(period.toMs - 1)}
            onChange={({ target }) => {
              const next = readPeriodLabel(`30d@${target.value}`);
              if (next !== null) onChange(next);
            }}
          />
        ) : (
          <Select<string>
            className="period-select"
            aria-label={t('period.label')}
            value={period.label}
            options={labels.map((label) => ({ value: label, label: periodName(t, label) }))}
            onChange={(label) => onChange(readPeriodLabel(label) ?? periodAt(period.kind, now))}
          />
        )}
        <Button aria-label={t('period.later')} disabled={runs} onClick={() => onChange(later)}>
          ›
        </Button>
      </span>
    </fieldset>
  );
}
