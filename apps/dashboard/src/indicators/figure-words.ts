import { describeFigure, roundFigure } from '../alarm-subject.js';
import { isMessageKey, type Translate } from '../i18n/translate.js';
import type { FigureView, IndicatorView } from './figure-view.js';

const SIGNS: Readonly<Record<string, string>> = { 'at-most': '≤', below: '<', 'at-least': '≥' };
const HOUR_MS = 3_600_000;

type Said = Pick<IndicatorView, 'formula' | 'numeratorName' | 'denominatorName' | 'unit'>;

/** `0.43 %/month`, to the digit that is published; a dash where there is no figure. */
export function figureText(
  t: Translate,
  unit: string,
  figure: Pick<FigureView, 'value' | 'printed'>,
): string {
  if (figure.printed === null) return figure.value === null ? '—' : describeFigure(t, figure.value, unit);
  const key = `unit.${unit}`;
  return isMessageKey(key) ? t(key, { value: figure.printed }) : figure.printed;
}

/** `< 0.5 %/month`. */
export function targetText(t: Translate, direction: string, target: number, unit: string): string {
  return `${SIGNS[direction] ?? direction} ${describeFigure(t, target, unit)}`;
}

/**
 * The formula with its metrics by name: `困人工单 ÷ 期末电梯数 ÷ 月数 × 100`. A metric of a newer server
 * stays as the server calls it.
 */
export function formulaWords(t: Translate, formula: string): string {
  return formula.replace(/\((?=[≤≥])/g, ' (').replace(/[a-z][a-z0-9.-]*/g, (name) => metricName(t, name));
}

export function metricName(t: Translate, name: string): string {
  const key = `metric.${name}`;
  return isMessageKey(key) ? t(key) : name;
}

/** What was counted, as it is; a sum of time in hours. */
export function amount(t: Translate, name: string, value: number): string {
  if (name.endsWith('-ms')) return t('figures.hours', { value: grouped(value / HOUR_MS) });
  return grouped(value);
}

/** `1,234.5`: the same in both languages. A little of a month is not said to be none: `0.0011`. */
export function grouped(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.1)
    return value.toLocaleString('en-US', { maximumSignificantDigits: 2 });
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });
}

/**
 * `10 ÷ 234`, and what the ratio is divided by once more: `÷ 3`. Of a mean the minutes and the orders they
 * are of; of a percentile how many orders; of a count nothing, it stands there already.
 */
export function partsText(t: Translate, said: Said, figure: FigureView): string {
  const { numerator, denominator, length } = figure;
  if (said.formula.startsWith('p90(')) return t('figures.ofOrders', { count: grouped(denominator) });
  if (said.formula.startsWith('mean(')) {
    return `${t('unit.minutes', { value: grouped(numerator) })} ÷ ${grouped(denominator)}`;
  }
  if (said.denominatorName === null) return '';
  const counted = amount(t, said.numeratorName, numerator);
  const ratio = `${counted} ÷ ${amount(t, said.denominatorName, denominator)}`;
  return length === null || length === 1 ? ratio : `${ratio} ÷ ${grouped(length)}`;
}

/** `1.2–4.8`, the 95 % interval in the unit; null where none holds. */
export function intervalText(figure: Pick<FigureView, 'low' | 'high'>): string | null {
  const { low, high } = figure;
  return low === null || high === null ? null : `${roundFigure(low)}–${roundFigure(high)}`;
}

/** `2 missed · 1 not judged`; that none was missed is said only of what was judged. */
export function verdictsText(t: Translate, verdicts: readonly string[]): string {
  const count = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  const [missed, unjudged] = [count('missed'), count('unjudged')];
  const parts = [
    ...(missed > 0 ? [t('figures.missedCount', { count: missed })] : []),
    ...(missed === 0 && unjudged < verdicts.length ? [t('figures.noneMissed')] : []),
    ...(unjudged > 0 ? [t('figures.unjudgedCount', { count: unjudged })] : []),
  ];
  return parts.join(' · ');
}

/** Why there is no figure, or why it must not be ranked; null when there is nothing to say. */
export function figureNote(t: Translate, figure: FigureView): string | null {
  if (figure.reason === 'computed') return null;
  const key = `figureReason.${figure.reason}`;
  return isMessageKey(key) ? t(key) : figure.reason;
}

/** Orders whose times were not used, by why: "2 without the time, 1 of a day or more"; null when none. */
export function leftOutText(t: Translate, figure: Pick<FigureView, 'leftOut'>): string | null {
  const parts = Object.entries(figure.leftOut ?? {})
    .filter(([, count]) => count > 0)
    .map(([why, count]) => {
      const key = `leftOut.${why}`;
      return isMessageKey(key) ? t(key, { count }) : `${why} ${count}`;
    });
  return parts.length === 0 ? null : parts.join(t('shaft.comma'));
}
