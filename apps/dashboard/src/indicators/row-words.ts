import { isMessageKey, nameOf, type Translate } from '../i18n/translate.js';
import type { EvidenceRow } from './figure-view.js';
import { grouped } from './figure-words.js';

const OFFSET_MS = 8 * 3_600_000;
const MINUTE_MS = 60_000;

/** `2026-10-03 08:15` in China, whose days the figures count: a row must lie where its period is. */
export function chinaTime(at: number): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ');
}

/** `故障 · 困人`: where it comes from and of what kind it is. */
export function rowTitle(t: Translate, { source, kind }: Pick<EvidenceRow, 'source' | 'kind'>): string {
  const sourceKey = `rowSource.${source}`;
  const said = isMessageKey(sourceKey) ? t(sourceKey) : source;
  return kind === null ? said : `${said} · ${kindName(t, source, kind)}`;
}

function kindName(t: Translate, source: string, kind: string): string {
  const key = `${source}Kind.${kind}`;
  return source !== 'fault' && isMessageKey(key) ? t(key) : nameOf(t, 'kind', kind);
}

/** Beside a row's time: how fast an order was, what a sum stands for, how a lift's time counts. */
export function rowDetails(t: Translate, row: EvidenceRow): string {
  const parts: string[] = [];
  const minutes = (key: 'rows.answered' | 'rows.arrived' | 'rows.freed', ms: number | null) => {
    if (ms !== null) parts.push(t(key, { minutes: grouped(ms / MINUTE_MS) }));
  };
  minutes('rows.answered', row.answerMs);
  minutes('rows.arrived', row.arrivalMs);
  minutes('rows.freed', row.releaseMs);
  if (row.source === 'runs') parts.push(t('rows.runs', { count: grouped(row.weight) }));
  else if (row.weight !== 1)
    parts.push(t('figures.hours', { value: grouped(row.weight / (60 * MINUTE_MS)) }));
  if (row.inService !== null) parts.push(t(row.inService ? 'rows.inService' : 'rows.outOfService'));
  if (row.monitored !== null) parts.push(t(row.monitored ? 'rows.monitored' : 'rows.notMonitored'));
  if (!row.official) parts.push(t('rows.notOfficial'));
  return parts.join(' · ');
}
