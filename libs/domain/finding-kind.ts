/**
 * Patterns of bad practice that a regulator looks for (DOMAIN §1 "crack down on", §2 "repeat lists"): each is
 * a sign that somebody must look into, and proves nothing by itself.
 */
export const FINDING_KINDS = [
  'hidden-by-inspection',
  'faked-faults',
  'fake-maintenance',
  'repeat-entrapments-month',
  'repeat-entrapments-year',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];
