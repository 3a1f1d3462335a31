import type { ApiFailure } from '../http.js';
import type { Translate } from '../i18n/translate.js';

/** A failure as a sentence. */
export function describeFailure(t: Translate, failure: ApiFailure): string {
  if (failure.reason === 'unreachable') return t('list.unreachable');
  if (failure.reason === 'forbidden') return t('list.forbidden');
  const detail = failure.detail ?? t('action.status', { status: failure.status ?? '' });
  return failure.status === 503 ? t('list.unavailable', { detail }) : t('list.failed', { detail });
}
