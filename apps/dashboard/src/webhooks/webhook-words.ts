import type { Directory } from '../directory.js';
import type { ApiFailure } from '../http.js';
import { isMessageKey, nameOf, type Translate } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import { describeDuration, formatMinute } from '../time-format.js';
import type { Delivery, Endpoint, EndpointScope, EndpointStatistics } from './webhook-view.js';

/**
 * `99.9 %` of what was settled; rounded down, so that one failure never reads as 100 %. Null: nothing was.
 */
export function describeShare(t: Translate, { delivered, failed }: EndpointStatistics): string | null {
  const settled = delivered + failed;
  if (settled === 0) return null;
  return t('hook.share', { value: String(Math.floor((delivered * 1_000) / settled) / 10) });
}

/** `85 ms`, `1.25 s`, `2 min 05 s`. */
export function describeLatency(t: Translate, ms: number): string {
  if (ms < 999.5) return t('hook.ms', { value: String(Math.round(ms)) });
  if (ms < 60_000) return t('hook.s', { value: String(Math.round(ms / 10) / 100) });
  const { key, values } = describeDuration(ms);
  return t(key, values);
}

/** `50 % 12 ms · 95 % 80 ms · 99 % 210 ms`; null without an attempt. */
export function describeLatencies(t: Translate, statistics: EndpointStatistics): string | null {
  const { latencyP50Ms: p50, latencyP95Ms: p95, latencyP99Ms: p99 } = statistics;
  if (p50 === null || p95 === null || p99 === null) return null;
  const [half, most, nearly] = [p50, p95, p99].map((ms) => describeLatency(t, ms));
  return `p50 ${half} · p95 ${most} · p99 ${nearly}`;
}

/** The host of a URL; the text itself when it is none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

export function describeScope(t: Translate, directory: Directory, scope: EndpointScope): string {
  if (scope.kind === 'all') return t('hook.scopeAll');
  if (scope.kind === 'firm') return directory.firmName(scope.value);
  return scope.kind === 'district' ? directory.districtName(scope.value) : scope.value;
}

/** Events chosen by type, in words; up to three by name. */
export function describeTypes(t: Translate, { types }: Pick<Endpoint, 'types'>): string {
  if (types.length === 0) return t('hook.allTypes');
  const named = types.slice(0, 3).map((type) => nameOf(t, 'hookType', type));
  const rest = types.length - named.length;
  return `${named.join(t('hook.comma'))}${rest > 0 ? ` ${t('hook.more', { count: rest })}` : ''}`;
}

type Filters = Pick<Endpoint, 'kinds' | 'priorities' | 'district'>;

/** What narrows it down; '' when nothing does. */
export function describeFilters(
  t: Translate,
  directory: Directory,
  { kinds, priorities, district }: Filters,
): string {
  const parts: string[] = [];
  if (priorities.length > 0) {
    parts.push(priorities.map((name) => priorityName(t, name)).join(t('hook.comma')));
  }
  if (kinds.length > 0) {
    const named = kinds.slice(0, 3).map((kind) => nameOf(t, 'kind', kind));
    const rest = kinds.length - named.length;
    parts.push(`${named.join(t('hook.comma'))}${rest > 0 ? ` ${t('hook.more', { count: rest })}` : ''}`);
  }
  if (district !== null) parts.push(directory.districtName(district));
  return parts.join(' · ');
}

export function priorityName(t: Translate, name: string): string {
  const key = `priority.${name}`;
  return isMessageKey(key) ? t(key) : name;
}

export type EndpointStanding = 'enabled' | 'failing' | 'paused' | 'disabled';

/** Paused by a person, or disabled because nothing arrived. */
export function standingOf({ enabled, stateReason, failingSinceMs }: Endpoint): EndpointStanding {
  if (enabled) return failingSinceMs === null ? 'enabled' : 'failing';
  return stateReason === 'by-person' ? 'paused' : 'disabled';
}

/** Why and since when; '' when all is well. */
export function describeStanding(t: Translate, endpoint: Endpoint): string {
  const { failingSinceMs, stateAtMs, stateReason } = endpoint;
  const standing = standingOf(endpoint);
  if (standing === 'enabled') return '';
  const at = standing === 'failing' ? failingSinceMs : stateAtMs;
  const since = at === null ? '' : t('hook.since', { time: formatMinute(at) });
  const parts = standing === 'disabled' ? [nameOf(t, 'hookReason', stateReason), since] : [since];
  return parts.filter((part) => part !== '').join(' · ');
}

/** The public key, where messages are signed for it. */
export function shownKey({ publicKey, signatures }: Endpoint): string | null {
  return signatures.includes('v1a') ? publicKey : null;
}

/** Why a delivery is in its state, with the HTTP status of the last answer where that says more. */
export function describeReason(t: Translate, { reason, lastStatus }: Delivery): string {
  const name = nameOf(t, 'hookReason', reason);
  return lastStatus === null ? name : `${name} · HTTP ${lastStatus}`;
}

/** A failure of a change, as a sentence in the reader's language where the server sent a word for it. */
export function describeRefusal(t: Translate, failure: ApiFailure): string {
  if (failure.status === 412) return t('hook.changedMeanwhile');
  const url = failure.fields?.find(({ field }) => field === 'url');
  const key = `hookUrl.${url?.message}`;
  if (isMessageKey(key)) return t('hook.urlRefused', { why: t(key) });
  if (failure.reason === 'unreachable') return t('action.unreachable');
  if (failure.reason === 'conflict' && failure.detail !== null) {
    return t('action.failed', { detail: failure.detail });
  }
  return describeFailure(t, failure);
}

/** A body indented for people; as it is when it is no JSON. */
export function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** ISO 8601 of what a `datetime-local` field holds, in the reader's zone; '' when it holds nothing usable. */
export function isoOf(local: string): string {
  const ms = local === '' ? Number.NaN : Date.parse(local);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}

/** What a `datetime-local` field holds for a moment, to the minute. */
export function localOf(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
