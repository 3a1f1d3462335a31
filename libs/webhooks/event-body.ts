import { anyObject, dateTime, flag, integer, nullable, number, objectOf, type SchemaOf, text } from '#access';

/** The lift of an event, as registered when the event was written. */
export interface LiftPart {
  /** 注册代码. */
  readonly registrationCode: string;
  /** 救援码, 6 digits. */
  readonly rescueCode: string | null;
  readonly address: string | null;
  /** Administrative division code, 6, 9 or 12 digits. */
  readonly district: string | null;
  readonly districtName: string | null;
  /** Id of the maintenance firm. */
  readonly firm: string | null;
}

/** Addresses under this installation, such as `/api/v1/lifts/3110…`. */
export interface Links {
  readonly lift: string | null;
  /** The fault, the alarm or the rows that the event is about. */
  readonly about: string | null;
}

/** What the data of every event has. */
export interface CommonData {
  /** Id of the event: the same for every endpoint and in the feed. */
  readonly event: string;
  /** Counts the events of the lift from 1: a receiver puts in order by it. Null when there is no lift. */
  readonly sequence: number | null;
  readonly lift: LiftPart | null;
  readonly links: Links;
}

export interface FaultFields {
  readonly faultId: string;
  readonly kind: string;
  readonly priority: string;
  /** `reported`, `inferred` or `behavioural`; null when its beginning is no longer kept. */
  readonly evidence: string | null;
  /** Why it was raised, or why it ended. */
  readonly reason: string;
  readonly raisedAt: string | null;
  readonly endedAt: string | null;
  readonly terminal: string | null;
  readonly profile: string | null;
  readonly code: string | null;
  readonly clockSuspect: boolean;
  /** Facts of the terminal; null also when they take more than 4 KiB. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export interface AlarmFields {
  readonly alarmId: string;
  readonly faultId: string | null;
  readonly kind: string;
  readonly priority: string;
  readonly evidence: string | null;
  readonly state: string;
  readonly reason: string;
  readonly raisedAt: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: string | null;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly note: string | null;
  /** One more with each change: the greater is the newer. */
  readonly version: number;
  /** The firm it went away from, of `alarm.transferred` only. */
  readonly previousFirm: string | null;
}

export interface IndicatorFields {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly indicator: string;
  readonly scope: { readonly kind: string; readonly id: string };
  /** In the indicator's own unit. */
  readonly value: number;
  readonly threshold: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly from: string;
  readonly to: string;
}

export interface TerminalFields {
  readonly terminal: string | null;
  readonly faultId: string;
  /** When it fell silent, or spoke again. */
  readonly at: string;
  readonly reason: string;
}

export interface TestFields {
  readonly endpoint: string;
  readonly message: string;
}

export type Fields = FaultFields | AlarmFields | IndicatorFields | TerminalFields | TestFields;

export interface Body<F extends Fields> {
  readonly type: string;
  /** When it happened, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: CommonData & F;
}

const LIFT: SchemaOf<LiftPart> = objectOf<LiftPart>('WebhookLift', {
  registrationCode: text('Registration code 注册代码.'),
  rescueCode: nullable(text('Rescue code 救援码, 6 digits.')),
  address: nullable(text()),
  district: nullable(text('Administrative division code, 6, 9 or 12 digits.')),
  districtName: nullable(text()),
  firm: nullable(text('Id of the maintenance firm.')),
});

const LINKS: SchemaOf<Links> = objectOf<Links>('WebhookLinks', {
  lift: nullable(text('Address of the lift under this installation.')),
  about: nullable(text('Address of the fault, the alarm or the rows behind the event.')),
});

const COMMON = {
  event: text('Id of the event: the same for every endpoint and in the feed.'),
  sequence: nullable(
    integer('Counts the events of the lift from 1: put in order by it. Null without a lift.'),
  ),
  lift: nullable(LIFT),
  links: LINKS,
};

function body<F extends Fields>(name: string, data: SchemaOf<CommonData & F>): SchemaOf<Body<F>> {
  return objectOf<Body<F>>(`Webhook${name}`, {
    type: text('The type of the event.'),
    timestamp: dateTime('When it happened.'),
    data,
  });
}

export const FAULT_BODY = body<FaultFields>(
  'Fault',
  objectOf<CommonData & FaultFields>('WebhookFaultData', {
    ...COMMON,
    faultId: text(),
    kind: text('A kind of the fault catalogue.'),
    priority: text('critical, high, medium or low.'),
    evidence: nullable(text('reported, inferred or behavioural; null when its beginning is not kept.')),
    reason: text('Why it was raised, or why it ended.'),
    raisedAt: nullable(dateTime()),
    endedAt: nullable(dateTime()),
    terminal: nullable(text()),
    profile: nullable(text('Profile of the terminal that reported a code.')),
    code: nullable(text('Its raw code, which means something with the profile only.')),
    clockSuspect: flag('The clock of the terminal was more than a day off.'),
    detail: nullable(anyObject('Facts of the terminal; null also when they take more than 4 KiB.')),
  }),
);

export const ALARM_BODY = body<AlarmFields>(
  'Alarm',
  objectOf<CommonData & AlarmFields>('WebhookAlarmData', {
    ...COMMON,
    alarmId: text(),
    faultId: nullable(text()),
    kind: text(),
    priority: text('critical, high, medium or low.'),
    evidence: nullable(text('reported, inferred or behavioural.')),
    state: text(),
    reason: text('Why it is in this state.'),
    raisedAt: dateTime(),
    acknowledgedAt: nullable(dateTime()),
    acknowledgedBy: nullable(text()),
    clearedAt: nullable(dateTime()),
    closedAt: nullable(dateTime()),
    closedBy: nullable(text()),
    note: nullable(text()),
    version: integer('One more with each change: the greater is the newer.'),
    previousFirm: nullable(text('The firm it went away from, of alarm.transferred only.')),
  }),
);

export const INDICATOR_BODY = body<IndicatorFields>(
  'Indicator',
  objectOf<CommonData & IndicatorFields>('WebhookIndicatorData', {
    ...COMMON,
    ruleId: text(),
    ruleVersion: integer(),
    indicator: text('Id of the indicator catalogue.'),
    scope: objectOf<IndicatorFields['scope']>('WebhookIndicatorScope', { kind: text(), id: text() }),
    value: number('In the unit of the indicator, as threshold is.'),
    threshold: number(),
    numerator: number(),
    denominator: number(),
    from: dateTime('The window of the figure, half open.'),
    to: dateTime(),
  }),
);

export const TERMINAL_BODY = body<TerminalFields>(
  'Terminal',
  objectOf<CommonData & TerminalFields>('WebhookTerminalData', {
    ...COMMON,
    terminal: nullable(text()),
    faultId: text(),
    at: dateTime('When it fell silent, or spoke again.'),
    reason: text(),
  }),
);

export const TEST_BODY = body<TestFields>(
  'Test',
  objectOf<CommonData & TestFields>('WebhookTestData', { ...COMMON, endpoint: text(), message: text() }),
);
