import {
  anyObject,
  dateTime,
  flag,
  integer,
  nullable,
  number,
  objectOf,
  oneOf,
  pageOfSchema,
  type SchemaOf,
  text,
  unionOf,
} from '#access';
import {
  ALARM_KINDS,
  ALARM_SOURCES,
  ALARM_STATES,
  type Evidence,
  INDICATOR_UNITS,
  PRIORITIES,
  SCOPE_KINDS,
  type Scope,
} from '#domain';
import { FAULT_KINDS } from '#protocol';
import type { FaultRowState } from '#records';
import type { AlarmSubjectView, AlarmView, IndicatorSubjectView, WebhookSubjectView } from './alarm-view.js';
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

const SUBJECT: SchemaOf<AlarmSubjectView> = unionOf('AlarmSubject', [
  objectOf<IndicatorSubjectView>('AlarmIndicatorSubject', {
    type: oneOf(['indicator']),
    ruleId: text(),
    ruleVersion: integer(),
    indicator: text('Id of the indicator.'),
    scope: objectOf<Scope>('AlarmScope', {
      kind: oneOf(SCOPE_KINDS),
      id: text('District code, registration code, id of the firm …; empty for `all`.'),
    }),
    value: number('The figure that broke the rule, in the unit of the indicator.'),
    threshold: number(),
    unit: nullable(oneOf(INDICATOR_UNITS)),
    numerator: number(),
    denominator: number(),
    from: dateTime('Begin of the window of the figure.'),
    to: dateTime('Its end, exclusive.'),
    rows: nullable(text('Path of the rows behind the figure.')),
  }),
  objectOf<WebhookSubjectView>('AlarmWebhookSubject', {
    type: oneOf(['webhook-endpoint']),
    endpointId: text(),
    host: text(),
    since: nullable(dateTime('Since when deliveries to it fail.')),
  }),
]);

export const ALARM_SCHEMA = objectOf<AlarmView>('Alarm', {
  id: text(),
  source: oneOf(ALARM_SOURCES, 'What it comes from.'),
  sourceKey: text('Id of the fault, `ruleId:scopeKind:scopeId`, or id of the endpoint.'),
  faultId: nullable(text('Null when no fault is behind it.')),
  lift: nullable(text('Registration code 注册代码; null when it is not about one lift.')),
  rescueCode: nullable(text('救援码, 6 digits.')),
  address: nullable(text()),
  district: nullable(text('Where the lift was when the alarm was made, or what a rate is of.')),
  districtName: nullable(text()),
  firm: nullable(text('Id of the maintenance firm.')),
  kind: oneOf(ALARM_KINDS),
  priority: oneOf(PRIORITIES),
  evidence: nullable(EVIDENCE),
  state: oneOf(ALARM_STATES),
  reason: text('Why it is in this state.'),
  subject: nullable(SUBJECT),
  raisedAt: dateTime(),
  recordedAt: dateTime(),
  acknowledgedAt: nullable(dateTime()),
  acknowledgedBy: nullable(text()),
  clearedAt: nullable(dateTime()),
  closedAt: nullable(dateTime()),
  closedBy: nullable(text()),
  note: nullable(text()),
  attachments: integer('Further messages that attached to it, or further times its condition was met.'),
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
