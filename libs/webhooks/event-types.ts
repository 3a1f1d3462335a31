import { type AnySchema, type JsonSchema, SCHEMA_PATH } from '#access';
import {
  ALARM_BODY,
  type AlarmFields,
  type Body,
  type CommonData,
  FAULT_BODY,
  type FaultFields,
  type Fields,
  INDICATOR_BODY,
  type IndicatorFields,
  TERMINAL_BODY,
  TEST_BODY,
  type TerminalFields,
  type TestFields,
} from './event-body.js';

/** Every type that is sent (Standard Webhooks "Event types"). */
export const WEBHOOK_TYPES = [
  'fault.raised',
  'fault.cleared',
  'fault.recorded',
  'fault.withdrawn',
  'alarm.raised',
  'alarm.acknowledged',
  'alarm.cleared',
  'alarm.closed',
  'alarm.transferred',
  'indicator.breached',
  'indicator.restored',
  'terminal.offline',
  'terminal.online',
  'webhook.test',
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

export interface EventTypeView {
  readonly type: WebhookType;
  readonly description: string;
  /** JSON Schema 2020-12 of the whole body. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: Readonly<Record<string, unknown>>;
}

const COMMON: CommonData = {
  event: '48210-0',
  sequence: 17,
  lift: {
    registrationCode: '31105001002019110001',
    rescueCode: '100237',
    address: '1 Renmin Road, building 3, unit 2',
    district: '500231001',
    districtName: 'Guixi',
    firm: 'firm-7',
  },
  links: { lift: '/api/v1/lifts/31105001002019110001', about: '/api/v1/faults/f-5b1c' },
};

const FAULT: FaultFields = {
  faultId: 'f-5b1c',
  kind: 'entrapment',
  priority: 'critical',
  evidence: 'inferred',
  reason: 'occupied-and-still',
  raisedAt: '2026-05-01T08:00:00.000Z',
  endedAt: null,
  terminal: 'T-000231',
  profile: null,
  code: null,
  clockSuspect: false,
  detail: { floor: '7', doorState: 'closed' },
};

const ALARM: AlarmFields = {
  alarmId: 'a-5b1c',
  faultId: 'f-5b1c',
  kind: 'entrapment',
  priority: 'critical',
  evidence: 'inferred',
  state: 'raised',
  reason: 'fault-raised',
  raisedAt: '2026-05-01T08:00:00.000Z',
  acknowledgedAt: null,
  acknowledgedBy: null,
  clearedAt: null,
  closedAt: null,
  closedBy: null,
  note: null,
  version: 1,
  previousFirm: null,
};

const INDICATOR: IndicatorFields = {
  ruleId: 'entrapment-rate-county',
  ruleVersion: 2,
  indicator: 'entrapment-rate',
  scope: { kind: 'county', id: '500231' },
  value: 0.82,
  threshold: 0.5,
  numerator: 41,
  denominator: 50,
  from: '2026-04-01T00:00:00.000Z',
  to: '2026-05-01T00:00:00.000Z',
};

const TERMINAL: TerminalFields = {
  terminal: 'T-000231',
  faultId: 'f-77aa',
  at: '2026-05-01T08:00:00.000Z',
  reason: 'last-will',
};

const TEST: TestFields = { endpoint: 'we_9f86d081884c7d65', message: 'A test, asked for by a person.' };

const ACKNOWLEDGED = { acknowledgedAt: '2026-05-01T08:01:10.000Z', acknowledgedBy: 'Duty desk (k1)' };
const CLEARED = { ...ACKNOWLEDGED, clearedAt: '2026-05-01T08:21:00.000Z' };
const CLOSED = {
  ...CLEARED,
  closedAt: '2026-05-01T08:40:00.000Z',
  closedBy: 'Duty desk (k1)',
  note: 'Two people freed, nobody hurt.',
};
const ABOUT_ALARM = { ...COMMON.links, about: '/api/v1/alarms/a-5b1c' };
const ENDED = { endedAt: '2026-05-01T08:21:00.000Z' };

interface Described {
  readonly description: string;
  readonly body: AnySchema;
  readonly data: CommonData & Fields;
}

const fault = (description: string, changes: Partial<FaultFields>): Described => ({
  description,
  body: FAULT_BODY,
  data: { ...COMMON, ...FAULT, ...changes },
});
const alarm = (description: string, changes: Partial<AlarmFields>): Described => ({
  description,
  body: ALARM_BODY,
  data: { ...COMMON, links: ABOUT_ALARM, ...ALARM, ...changes },
});
const indicator = (description: string, changes: Partial<IndicatorFields>): Described => ({
  description,
  body: INDICATOR_BODY,
  data: {
    ...COMMON,
    sequence: null,
    lift: null,
    links: { lift: null, about: '/api/v1/indicators/entrapment-rate/rows' },
    ...INDICATOR,
    ...changes,
  },
});
const terminal = (description: string, changes: Partial<TerminalFields>): Described => ({
  description,
  body: TERMINAL_BODY,
  data: { ...COMMON, links: { ...COMMON.links, about: '/api/v1/faults/f-77aa' }, ...TERMINAL, ...changes },
});

const DESCRIBED: Readonly<Record<WebhookType, Described>> = {
  'fault.raised': fault('A fault began and may still be open.', {}),
  'fault.cleared': fault('A fault ended.', { ...ENDED, reason: 'levelled-with-door-open' }),
  'fault.recorded': fault('A fault of the past became known: counted, and nothing to hurry for.', ENDED),
  'fault.withdrawn': fault('Late evidence showed that there was no such fault.', {
    ...ENDED,
    reason: 'late-evidence',
  }),
  'alarm.raised': alarm('People must act.', {}),
  'alarm.acknowledged': alarm('Somebody has seen it.', {
    ...ACKNOWLEDGED,
    state: 'acknowledged',
    reason: 'acknowledged-by-person',
    version: 2,
  }),
  'alarm.cleared': alarm('What it was raised for has ended; a person still closes it.', {
    ...CLEARED,
    state: 'cleared-unconfirmed',
    reason: 'fault-cleared',
    version: 3,
  }),
  'alarm.closed': alarm('A person has closed it.', {
    ...CLOSED,
    state: 'closed',
    reason: 'closed-by-person',
    version: 4,
  }),
  'alarm.transferred': alarm('An open alarm came with a lift from another firm.', { previousFirm: 'firm-3' }),
  'indicator.breached': indicator('A rate broke its rule.', {}),
  'indicator.restored': indicator('A rate keeps its rule again.', { value: 0.4, numerator: 20 }),
  'terminal.offline': terminal('A terminal fell silent.', {}),
  'terminal.online': terminal('A silent terminal speaks again.', { reason: 'terminal-online' }),
  'webhook.test': {
    description: 'Sent when a person asks for it; changes nothing.',
    body: TEST_BODY,
    data: { ...COMMON, sequence: null, lift: null, links: { lift: null, about: null }, ...TEST },
  },
};

/** Every type with its schema and an example. */
export const EVENT_TYPES_VIEW: readonly EventTypeView[] = WEBHOOK_TYPES.map((type) => {
  const { description, body, data } = DESCRIBED[type];
  const example: Body<Fields> = { type, timestamp: '2026-05-01T08:00:00.000Z', data };
  return { type, description, schema: standalone(type, body), example: { ...example } };
});

/** A schema that needs no other document: the references of the API's go to `$defs`. */
function standalone(type: WebhookType, schema: AnySchema): JsonSchema {
  const text = JSON.stringify({ ...schema.json, $defs: schema.named });
  const local = JSON.parse(text.replaceAll(SCHEMA_PATH, '#/$defs/')) as JsonSchema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:liftwarden:webhook:${type}`,
    ...local,
  };
}
