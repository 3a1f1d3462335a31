import {
  anyObject,
  dateTime,
  flag,
  integer,
  nullable,
  objectOf,
  oneOf,
  pageOfSchema,
  type SchemaOf,
  text,
} from '#access';
import { ALARM_STATES, type Evidence, PRIORITIES } from '#domain';
import { FAULT_KINDS } from '#protocol';
import type { FaultRowState } from '#records';
import type { AlarmView } from './alarm-view.js';
import type { FaultView } from './fault-view.js';
import type { QuarantineView } from './quarantine-view.js';

const EVIDENCE: SchemaOf<Evidence> = oneOf(['reported', 'inferred', 'behavioural']);
const FAULT_STATE: SchemaOf<FaultRowState> = oneOf([
  'open',
  'cleared',
  'withdrawn',
  'recorded',
  'suppressed',
]);

export const ALARM_SCHEMA = objectOf<AlarmView>('Alarm', {
  id: text(),
  faultId: text(),
  lift: text('Registration code 注册代码.'),
  rescueCode: nullable(text('救援码, 6 digits.')),
  address: nullable(text()),
  district: text('Where the lift was when the alarm was made.'),
  districtName: nullable(text()),
  firm: nullable(text('Id of the maintenance firm.')),
  kind: oneOf(FAULT_KINDS),
  priority: oneOf(PRIORITIES),
  evidence: EVIDENCE,
  state: oneOf(ALARM_STATES),
  reason: text('Why it is in this state.'),
  raisedAt: dateTime(),
  recordedAt: dateTime(),
  acknowledgedAt: nullable(dateTime()),
  acknowledgedBy: nullable(text()),
  clearedAt: nullable(dateTime()),
  closedAt: nullable(dateTime()),
  closedBy: nullable(text()),
  note: nullable(text()),
  attachments: integer('Further messages that attached to it.'),
  clockSuspect: flag("The terminal's clock was more than a day off."),
  version: integer('Of two views of one alarm, the greater version is the newer.'),
  recorded: flag('False only on the live stream while the records database is stopped.'),
});
export const ALARM_PAGE_SCHEMA = pageOfSchema('AlarmPage', ALARM_SCHEMA);

export const FAULT_SCHEMA = objectOf<FaultView>('Fault', {
  id: text(),
  lift: text(),
  district: text(),
  firm: nullable(text()),
  terminal: text(),
  kind: oneOf(FAULT_KINDS),
  evidence: EVIDENCE,
  priority: oneOf(PRIORITIES),
  state: FAULT_STATE,
  reason: text('Why it was raised.'),
  raisedAt: dateTime(),
  receivedAt: dateTime(),
  clearedAt: nullable(dateTime()),
  clearReason: nullable(text('Why it was cleared, withdrawn or suppressed.')),
  profile: nullable(text('Profile of the report; null for what was inferred.')),
  code: nullable(text('Raw code of the report.')),
  clockSuspect: flag(),
  attachments: integer(),
  detail: nullable(anyObject()),
});
export const FAULT_PAGE_SCHEMA = pageOfSchema('FaultPage', FAULT_SCHEMA);

const QUARANTINE_SCHEMA = objectOf<QuarantineView>('QuarantinedMessage', {
  id: integer(),
  receivedAt: dateTime(),
  terminal: nullable(text()),
  lift: nullable(text()),
  district: nullable(text()),
  topic: text(),
  reason: text(),
  detail: text('The field and value at fault, for a person.'),
  length: integer('Bytes of the message as received.'),
  sha256: text('Of the whole message, hex.'),
  truncated: flag('Only the head of the message is kept.'),
  body: text('What is kept, base64.'),
  preview: nullable(text('The first 1,000 characters when the kept bytes are UTF-8.')),
});
export const QUARANTINE_PAGE_SCHEMA = pageOfSchema('QuarantinePage', QUARANTINE_SCHEMA);
