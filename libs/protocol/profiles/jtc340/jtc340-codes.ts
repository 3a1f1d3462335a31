import { codeTable } from '../../code-table.js';

/** Name of the profile, as it stands in reports. */
export const JTC340_PROFILE_NAME = 'jtc340';

/**
 * The code table: `{family}/{number as sent}` → meaning, of the JTC340 and its sister models (DOMAIN §3).
 * Error/1008 and Alarm/2002 both mean door cycling; both stay codes of their own. Later firmware adds codes:
 * they arrive as `unknown`, raw.
 */
export const JTC340_CODES = codeTable([
  ['Error/1001', 'unintended-movement'],
  ['Error/1002', 'moving-with-door-open'],
  ['Error/1003', 'stopped-outside-zone'],
  ['Error/1004', 'overtravel-top'],
  ['Error/1005', 'overtravel-bottom'],
  ['Error/1006', 'door-open-failed'],
  ['Error/1007', 'door-close-failed'],
  ['Error/1008', 'door-cycling'],
  ['Error/1009', 'mains-lost'],
  ['Error/1010', 'emergency-stop'],
  ['Error/1011', 'overspeed'],
  // "No fault", sent as a fault. It ends none either: nobody says which it would.
  ['Error/1012', 'no-fault'],
  ['Error/1013', 'safety-chain-open'],
  // The maker's own "unknown fault".
  ['Error/1014', 'unknown'],
  // 0 outside the door zone, 1 levelled, 2 not levelled: one kind, so that they attach to one incident.
  ['Lock/0', 'entrapment'],
  ['Lock/1', 'entrapment'],
  ['Lock/2', 'entrapment'],
  ['Alarm/2002', 'door-cycling'],
  ['Alarm/2003', 'door-held'],
  ['Alarm/2004', 'alarm-button'],
  ['Alarm/2005', 'ebike-in-car'],
  ['Alarm/2006', 'gas-cylinder-in-car'],
  ['Alarm/2007', 'mode:out-of-service'],
  ['Alarm/2008', 'mode:inspection'],
  ['Alarm/2009', 'mode:normal'],
  // "Current service mode": in which field it stands nobody has shown us, so the mode stays as it was.
  ['Alarm/2010', 'no-fault'],
  ['SelfError/3001', 'terminal-door-sensor'],
  ['SelfError/3002', 'terminal-presence-sensor'],
  ['SelfError/3003', 'terminal-floor-sensor'],
  ['SelfError/3004', 'terminal-battery-low'],
]);

/** An event as it is spelled on the wire. */
interface Spelling {
  /** Event name in the topic. */
  readonly event: string;
  /** Field of `Value` that holds the local time without zone. */
  readonly timeField: string;
}

/**
 * The clear rules: a family's faults are raised by one event and cleared by another with the same code, since
 * no message has an id to pair them by. `clearedBy` null: the maker sends no clear, and such a fault stays
 * open until the terminal is replaced.
 */
export const JTC340_FAMILIES: readonly {
  readonly family: 'Error' | 'Lock' | 'Alarm' | 'SelfError';
  /** Field of `Value` that holds the code. */
  readonly codeField: string;
  readonly raisedBy: Spelling;
  readonly clearedBy: Spelling | null;
}[] = [
  {
    family: 'Error',
    codeField: 'ErrorType',
    raisedBy: { event: 'ErrorEvent', timeField: 'ErrorTime' },
    clearedBy: { event: 'ErrorClose', timeField: 'CloseTime' },
  },
  {
    family: 'Lock',
    codeField: 'Type',
    raisedBy: { event: 'LockEvent', timeField: 'LockTime' },
    clearedBy: { event: 'LockClose', timeField: 'CloseTime' },
  },
  {
    family: 'Alarm',
    codeField: 'AlarmType',
    raisedBy: { event: 'AlarmEvent', timeField: 'AlarmTime' },
    clearedBy: { event: 'AlarmClose', timeField: 'CloseTime' },
  },
  {
    family: 'SelfError',
    codeField: 'ErrorType',
    raisedBy: { event: 'SelfError', timeField: 'OccurTime' },
    clearedBy: null,
  },
];

/** How one fault event name spells its fields. */
export interface FaultEvent {
  readonly family: string;
  readonly state: 'raised' | 'cleared';
  readonly codeField: string;
  readonly timeField: string;
}

/** Event names that report faults. */
export const JTC340_FAULT_EVENTS: ReadonlyMap<string, FaultEvent> = new Map(
  JTC340_FAMILIES.flatMap(({ family, codeField, raisedBy, clearedBy }) => {
    const spelled = ({ event, timeField }: Spelling, state: FaultEvent['state']) =>
      [event, { family, state, codeField, timeField }] as const;
    return [spelled(raisedBy, 'raised'), ...(clearedBy === null ? [] : [spelled(clearedBy, 'cleared')])];
  }),
);
