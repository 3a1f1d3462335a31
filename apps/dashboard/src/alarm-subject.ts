import type { Json } from './http.js';
import { isMessageKey, nameOf, type Translate } from './i18n/translate.js';
import { moment, number, record, text } from './read-json.js';

/** What a figure is about: a district, a firm, one lift … */
export interface Scope {
  readonly kind: string;
  readonly id: string;
}

/** The rate that broke its rule. */
export interface IndicatorSubject {
  readonly type: 'indicator';
  readonly indicator: string;
  readonly scope: Scope;
  readonly value: number;
  readonly threshold: number;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** An `IndicatorUnit`; null when the server knows none. */
  readonly unit: string | null;
  /** The window of the figure, half open; ms since 1970 UTC. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** The webhook endpoint that gets nothing any more. */
export interface WebhookSubject {
  readonly type: 'webhook-endpoint';
  readonly host: string;
  readonly sinceMs: number | null;
}

export type AlarmSubject = IndicatorSubject | WebhookSubject;

/** Null for none, and for what this page does not know or cannot read: the alarm is shown all the same. */
export function readSubject(value: unknown): AlarmSubject | null {
  const raw = record(value);
  if (raw?.type === 'indicator') return readIndicator(raw);
  if (raw?.type !== 'webhook-endpoint') return null;
  const host = text(raw.host);
  return host === null ? null : { type: 'webhook-endpoint', host, sinceMs: moment(raw.since) };
}

function readIndicator(raw: Json): IndicatorSubject | null {
  const [indicator, value, threshold] = [text(raw.indicator), number(raw.value), number(raw.threshold)];
  const scope = record(raw.scope);
  const kind = text(scope?.kind);
  if (indicator === null || value === null || threshold === null || kind === null) return null;
  return {
    type: 'indicator',
    indicator,
    value,
    threshold,
    scope: { kind, id: text(scope?.id) ?? '' },
    numerator: number(raw.numerator),
    denominator: number(raw.denominator),
    unit: text(raw.unit),
    fromMs: moment(raw.from),
    toMs: moment(raw.to),
  };
}

/** `0.8 %/month`: a figure with its unit, rounded to what a glance can compare. */
export function describeFigure(t: Translate, value: number, unit: string | null): string {
  const key = `unit.${unit}`;
  const rounded = roundFigure(value);
  return isMessageKey(key) ? t(key, { value: rounded }) : rounded;
}

/** Two digits after the point; of what is smaller than 0.01, two digits that are not 0. */
export function roundFigure(value: number): string {
  const small = value !== 0 && Math.abs(value) < 0.01;
  return String(small ? Number(value.toPrecision(2)) : Math.round(value * 100) / 100);
}

/** `0.8 %/month, target 0.5`: both are in the one unit. */
export function describeBreach(t: Translate, { value, threshold, unit }: IndicatorSubject): string {
  return t('indicator.breach', {
    value: describeFigure(t, value, unit),
    threshold: roundFigure(threshold),
  });
}

/** `8 ÷ 1000` and the days of the window, as far as they are known. */
export function describeRows(t: Translate, subject: IndicatorSubject): string {
  const { numerator, denominator, fromMs, toMs } = subject;
  const ratio = denominator === null || denominator === 1 || numerator === null;
  const parts = ratio ? [] : [`${roundFigure(numerator)} ÷ ${roundFigure(denominator)}`];
  if (fromMs !== null && toMs !== null) {
    parts.push(t('indicator.window', { from: shanghaiDay(fromMs), to: shanghaiDay(toMs - 1) }));
  }
  return parts.join(' · ');
}

/** Indicators count whole days of China's time, wherever the reader sits. */
function shanghaiDay(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** The indicator's name and the reason, without what is said by the kind already. */
export function indicatorName(t: Translate, subject: IndicatorSubject): string {
  return nameOf(t, 'indicator', subject.indicator);
}
