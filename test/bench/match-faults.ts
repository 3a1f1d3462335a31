import type { ExpectedFault } from '../../simulators/load/fault-script.js';

/** A fault as the API lists it. */
export interface ListedFault {
  readonly lift: string;
  readonly kind: string;
  readonly raisedAt: string;
}

export interface FaultMatch {
  readonly expected: number;
  /** Of the expected, those that the platform knows, by lift, kind and time. */
  readonly found: number;
  /** Known to the platform and in no script: it saw what was not there. */
  readonly unexpected: number;
  /** The first that were not found, at most ten. */
  readonly notFound: readonly ExpectedFault[];
}

const SHOWN = 10;

/**
 * Each expected fault answers to one listed fault, and each listed one to one in the script. `scripted` holds
 * all faults of the morning, those beyond the last acknowledged message too: time alone may decide them.
 */
export function matchFaults(
  expected: readonly ExpectedFault[],
  scripted: readonly ExpectedFault[],
  listed: readonly ListedFault[],
): FaultMatch {
  const there = new Map<string, number>();
  for (const { lift, kind, raisedAt } of listed) count(there, `${lift} ${kind} ${Date.parse(raisedAt)}`, 1);
  const notFound = expected.filter((fault) => !take(there, fault));
  const undecided = new Map<string, number>();
  for (const fault of scripted) count(undecided, keyOf(fault), 1);
  for (const fault of expected) count(undecided, keyOf(fault), -1);
  let unexpected = 0;
  for (const [key, left] of there) unexpected += Math.max(0, left - Math.max(0, undecided.get(key) ?? 0));
  return {
    expected: expected.length,
    found: expected.length - notFound.length,
    unexpected,
    notFound: notFound.slice(0, SHOWN),
  };
}

function keyOf({ lift, kind, at }: ExpectedFault): string {
  return `${lift} ${kind} ${at}`;
}

function count(map: Map<string, number>, key: string, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

function take(there: Map<string, number>, fault: ExpectedFault): boolean {
  const left = there.get(keyOf(fault)) ?? 0;
  if (left === 0) return false;
  there.set(keyOf(fault), left - 1);
  return true;
}
