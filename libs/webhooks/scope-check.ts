import type { CancelReason } from './delivery-lifecycle.js';
import type { Place } from './event-rows.js';

/** Whose events an endpoint may see, and the district it asked for beside. */
export interface EndpointScope {
  readonly kind: 'all' | 'district' | 'firm';
  readonly value: string | null;
  /** Filter: a district code or the beginning of one. */
  readonly district: string | null;
}

/** The lift as registered now; undefined = it is not registered any more. */
export type PresentPlace = Pick<Place, 'district' | 'firm'> | undefined;

/**
 * Why `scope` may no longer be told of an event, or null when it may. Asked before each attempt: an event of
 * a lift is judged by where the lift is now, one without a lift by where it was written.
 */
export function scopeRefusal(scope: EndpointScope, event: Place, present: PresentPlace): CancelReason | null {
  // A lift that was deleted is still the regulator's, who knew it; a firm has no claim on it any more.
  const place = event.lift === null || (present === undefined && scope.kind !== 'firm') ? event : present;
  if (place === undefined) return 'lift-removed';
  if (scope.kind === 'firm' && place.firm !== scope.value) return 'lift-changed-firm';
  const { district } = place;
  if (scope.kind === 'district' && !(scope.value !== null && district?.startsWith(scope.value))) {
    return 'lift-changed-district';
  }
  return scope.district === null || district?.startsWith(scope.district) ? null : 'lift-changed-district';
}
