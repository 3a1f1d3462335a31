import type { FaultKind } from '../../fault-kinds.js';

/** Name of the profile, as it stands in reports. */
export const JTC340_PROFILE_NAME = 'jtc340';

/**
 * The code table: `{family}/{number as sent}` → kind. The family is the event name without `Event` or
 * `Close`, so a raise and its clear carry the same code and pair. Error/1008 and Alarm/2002 both mean door
 * cycling; both stay codes of their own. Sister models' codes (1010 and up, 2004 and up) are not listed: they
 * arrive as `unknown`, raw.
 */
export const JTC340_CODES: ReadonlyMap<string, FaultKind> = new Map<string, FaultKind>([
  ['Error/1001', 'unintended-movement'],
  ['Error/1002', 'moving-with-door-open'],
  ['Error/1003', 'stopped-outside-zone'],
  ['Error/1004', 'overtravel-top'],
  ['Error/1005', 'overtravel-bottom'],
  ['Error/1006', 'door-open-failed'],
  ['Error/1007', 'door-close-failed'],
  ['Error/1008', 'door-cycling'],
  ['Error/1009', 'mains-lost'],
  // 0 outside the door zone, 1 levelled, 2 not levelled: one kind, so that they attach to one incident.
  ['Lock/0', 'entrapment'],
  ['Lock/1', 'entrapment'],
  ['Lock/2', 'entrapment'],
  ['Alarm/2002', 'door-cycling'],
  ['Alarm/2003', 'door-held'],
  ['SelfError/3001', 'terminal-door-sensor'],
  ['SelfError/3002', 'terminal-presence-sensor'],
  ['SelfError/3003', 'terminal-floor-sensor'],
  ['SelfError/3004', 'terminal-battery-low'],
]);

/** How one fault event name spells its fields. */
export interface FaultEvent {
  readonly family: 'Error' | 'Lock' | 'Alarm' | 'SelfError';
  readonly state: 'raised' | 'cleared';
  /** Field of `Value` that holds the code. */
  readonly codeField: string;
  /** Field of `Value` that holds the local time without zone. */
  readonly timeField: string;
}

/** Event names that report faults. A self-fault has no clear event. */
export const JTC340_FAULT_EVENTS: ReadonlyMap<string, FaultEvent> = new Map<string, FaultEvent>([
  ['ErrorEvent', { family: 'Error', state: 'raised', codeField: 'ErrorType', timeField: 'ErrorTime' }],
  ['ErrorClose', { family: 'Error', state: 'cleared', codeField: 'ErrorType', timeField: 'CloseTime' }],
  ['LockEvent', { family: 'Lock', state: 'raised', codeField: 'Type', timeField: 'LockTime' }],
  ['LockClose', { family: 'Lock', state: 'cleared', codeField: 'Type', timeField: 'CloseTime' }],
  ['AlarmEvent', { family: 'Alarm', state: 'raised', codeField: 'AlarmType', timeField: 'AlarmTime' }],
  ['AlarmClose', { family: 'Alarm', state: 'cleared', codeField: 'AlarmType', timeField: 'CloseTime' }],
  ['SelfError', { family: 'SelfError', state: 'raised', codeField: 'ErrorType', timeField: 'OccurTime' }],
]);
