import type { FindingKind } from '#domain';

/** Patterns of bad practice, as the page lists them; a spec holds them to the domain's. */
export const FINDING_KINDS = [
  'hidden-by-inspection',
  'faked-faults',
  'fake-maintenance',
  'repeat-entrapments-month',
  'repeat-entrapments-year',
] as const satisfies readonly FindingKind[];
