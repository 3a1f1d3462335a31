import { codeTable } from '../../code-table.js';

/** Name of the profile, as it stands in reports. */
export const GBT24476_PROFILE_NAME = 'gbt24476';

/**
 * GB/T 24476-style codes, two digits (DOMAIN §3). Elsewhere the same numbers mean other things (11 overspeed,
 * 08 running with the door open): they are these only in this profile.
 */
export const GBT24476_CODES = codeTable([
  ['00', 'no-fault'],
  ['01', 'safety-chain-open'],
  ['02', 'door-close-failed'],
  ['03', 'door-open-failed'],
  ['04', 'stopped-outside-zone'],
  ['05', 'unintended-movement'],
  ['06', 'run-time-limit'],
  ['07', 'position-lost'],
  ['08', 'restart-prevented'],
  // 09–11 as GB/T 38656-style terminals add them.
  ['09', 'overtravel-top'],
  ['10', 'overtravel-bottom'],
  ['11', 'entrapment'],
  ['40', 'mode:normal'],
  ['41', 'mains-lost'],
  ['42', 'mode:out-of-service'],
  ['43', 'mode:inspection'],
  ['44', 'mode:fire-return'],
  ['45', 'mode:firefighter'],
  ['46', 'mode:emergency-power'],
  ['47', 'mode:earthquake'],
  ['90', 'alarm-button'],
  // 91–93 as Chongqing adds them; 93 is 平层关人, people shut in at a landing.
  ['91', 'overtravel-bottom'],
  ['92', 'overtravel-top'],
  ['93', 'entrapment'],
]);

/** `1` and `01` are one code, or a raise and its clear might not pair. Anything else stays as sent. */
export function canonicalCode(code: string): string {
  return /^\d$/.test(code) ? `0${code}` : code;
}
