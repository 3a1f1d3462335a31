import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { EventType } from '#domain';
import { FAULT_KINDS } from '#protocol';
import type { LogEvent } from '#records';
import { PROJECT_ROOT } from '../../test/harness/project-root.js';
import { EVENT_TYPES_VIEW, WEBHOOK_TYPES } from './event-types.js';
import { eventTypesPage } from './event-types-page.js';
import { BODY_BYTES_MAX, bodyText, publicationsOf, scheduleOf, transferOf } from './publication.js';
import { alarmEvent, faultRaised } from './webhook-rig.fixture.js';

const LIFT = {
  ...{
    registrationCode: 'L-1',
    rescueCode: null,
    address: 'x',
    district: '330922',
    districtName: null,
    firm: 'f',
  },
};
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT.*Z$/ },
});
const validators = new Map(EVENT_TYPES_VIEW.map(({ type, schema }) => [type as string, ajv.compile(schema)]));

function faultsOf(body: string): unknown {
  const value = JSON.parse(body) as { type: string };
  const validate = validators.get(value.type);
  return validate?.(value) ? null : (validate?.errors ?? `no schema of ${value.type}`);
}

const logEvent = (type: EventType, data: object, lift: string | null = 'L-1'): LogEvent => ({
  ...{ id: 7, type, lift, recordedAt: 1_777_000_000_000, district: '330922', firm: 'f' },
  data: data as Record<string, unknown>,
});
const ended = {
  faultId: 'f',
  lift: 'L-1',
  kind: 'terminal-offline',
  at: 5,
  receivedAt: 6,
  reason: 'terminal-online',
};

describe('event types', () => {
  it.each(EVENT_TYPES_VIEW)('$type: the example keeps its schema, and only its own', ({ type, example }) => {
    expect(faultsOf(JSON.stringify(example))).toBeNull();
    expect(example.type).toBe(type);
    const less = { ...example, data: { ...(example.data as object), event: undefined } };
    expect(faultsOf(JSON.stringify(less))).not.toBeNull();
  });

  it('every type has one, and the document in docs/api is made of them', () => {
    expect(EVENT_TYPES_VIEW.map(({ type }) => type)).toEqual([...WEBHOOK_TYPES]);
    expect(readFileSync(join(PROJECT_ROOT, 'docs/api/webhooks-events.md'), 'utf8')).toBe(eventTypesPage());
  });
});

describe('what is told of an event', () => {
  it.each<readonly [LogEvent, readonly string[]]>([
    [{ ...logEvent('fault.raised', faultRaised('f').data) }, ['fault.raised']],
    [
      logEvent('fault.raised', faultRaised('f', 'L-1', 'terminal-offline').data),
      ['fault.raised', 'terminal.offline'],
    ],
    [logEvent('fault.cleared', ended), ['fault.cleared', 'terminal.online']],
    [logEvent('fault.withdrawn', { ...ended, kind: 'overspeed' }), ['fault.withdrawn']],
    [
      logEvent('fault.recorded', { ...faultRaised('f').data, clearedAt: 9, clearReason: 'late' }),
      ['fault.recorded'],
    ],
    [logEvent('alarm.raised', alarmEvent('alarm.raised', 'a').data), ['alarm.raised']],
    [logEvent('alarm.closed', alarmEvent('alarm.closed', 'a').data), ['alarm.closed']],
    [logEvent('alarm.updated', alarmEvent('alarm.raised', 'a').data), []],
    [
      logEvent(
        'indicator.breached',
        { ruleId: 'r', from: 1, to: 2, scope: { kind: 'county', id: '330922' } },
        null,
      ),
      ['indicator.breached'],
    ],
    [logEvent('fault.suppressed', faultRaised('f').data), []],
    [logEvent('key.created', {}), []],
  ])('%j', (event, types) => {
    const told = publicationsOf(event, null);
    expect(told.map(({ type }) => type)).toEqual(types);
    for (const each of told) expect(faultsOf(bodyText(each, '7-0', 1, LIFT))).toBeNull();
  });

  it('an ended fault carries what was said of it when it began', () => {
    const origin = {
      priority: 'high',
      evidence: 'reported',
      raisedAt: '2026-05-01T08:00:00.000Z',
      terminal: 'T-9',
    };
    const [fault, terminal] = publicationsOf(logEvent('fault.cleared', ended), origin);
    expect(fault?.fields).toMatchObject({ priority: 'high', evidence: 'reported', terminal: 'T-9' });
    expect(terminal?.fields).toMatchObject({ terminal: 'T-9', at: '1970-01-01T00:00:00.005Z' });
  });

  it('only what is critical and new is hurried', () => {
    const schedule = (type: 'alarm.raised' | 'alarm.closed', priority: string) =>
      scheduleOf({ type, priority });
    expect([schedule('alarm.raised', 'critical'), schedule('alarm.raised', 'high')]).toEqual([
      'critical',
      'normal',
    ]);
    expect(schedule('alarm.closed', 'critical')).toBe('normal');
    expect(transferOf({ id: 'a' }, 1, 'old').fields).toMatchObject({ alarmId: 'a', previousFirm: 'old' });
  });

  it('whatever the log holds, the body keeps its schema and its bound', () => {
    const wild = fc.oneof(
      fc.string({ maxLength: 8_000, unit: 'grapheme' }),
      fc.double(),
      fc.constant(null),
      fc.dictionary(fc.string(), fc.string({ maxLength: 300 })),
    );
    const data = fc.record({
      fault: fc.record({
        id: fc.stringMatching(/^[\w-]{1,64}$/),
        kind: fc.constantFrom(...FAULT_KINDS),
        reason: wild,
        code: wild,
        detail: wild,
        raisedAt: fc.nat(),
      }),
      alarm: fc.record({
        id: fc.stringMatching(/^[\w-]{1,64}$/),
        note: wild,
        closedBy: wild,
        acknowledgedBy: wild,
        reason: wild,
        raisedAt: wild,
      }),
      ruleId: wild,
      scope: wild,
      value: wild,
    });
    const types = fc.constantFrom<EventType>(
      'fault.raised',
      'alarm.raised',
      'indicator.breached',
      'fault.cleared',
    );
    fc.assert(
      fc.property(types, data, (type, values) => {
        for (const each of publicationsOf(logEvent(type, values), null)) {
          const text = bodyText(each, '7-0', 1, { ...LIFT, address: '地'.repeat(500) });
          expect(Buffer.byteLength(text)).toBeLessThan(BODY_BYTES_MAX);
          expect(faultsOf(text)).toBeNull();
        }
      }),
      { numRuns: 150 },
    );
  });
});
