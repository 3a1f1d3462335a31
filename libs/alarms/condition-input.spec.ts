import type { Scope } from '#domain';
import type { LogEvent, NewLogEvent } from '#records';
import { conditionInput } from './condition-input.js';
import { indicatorEvent, webhookEvent } from './testing/condition-events.js';

const COUNTY: Scope = { kind: 'county', id: '330922' };

/** As it comes back from the log: through JSON. */
function logged(event: NewLogEvent, part: object = {}): LogEvent {
  const data = JSON.parse(JSON.stringify({ ...event.data, ...part })) as Record<string, unknown>;
  return { ...event, data, id: 7, recordedAt: 5_000 };
}

describe('what an event of a rate means for an alarm', () => {
  test('a breach raises one, about the figure', () => {
    expect(conditionInput(logged(indicatorEvent('indicator.breached', COUNTY)))).toEqual({
      target: { by: 'source', source: 'indicator', key: 'r1:county:330922' },
      lift: null,
      district: '330922',
      firm: null,
      receivedAt: null,
      input: {
        type: 'raise',
        cause: {
          source: 'condition',
          condition: {
            alarmId: 'alarm-indicator-7',
            source: 'indicator',
            sourceKey: 'r1:county:330922',
            lift: null,
            kind: 'indicator-breached',
            priority: 'medium',
            reason: 'beyond-threshold-held',
            at: 5_000,
            subject: {
              type: 'indicator',
              ruleId: 'r1',
              ruleVersion: 3,
              indicator: 'entrapment-rate-monthly',
              scope: COUNTY,
              value: 0.8,
              threshold: 0.5,
              numerator: 8,
              denominator: 1_000,
              from: Date.UTC(2026, 3, 1, 8),
              to: Date.UTC(2026, 4, 1, 8),
              rows: '/api/v1/indicators/entrapment-rate-monthly/rows',
            },
          },
        },
      },
    });
  });

  test.each<[string, Scope, object, object]>([
    ["of a firm is the firm's", { kind: 'firm', id: 'firm-a' }, {}, { firm: 'firm-a', district: null }],
    [
      'of a lift is of no firm, even when the event names one',
      { kind: 'lift', id: 'LA' },
      { district: '330922001', firm: 'firm-a' },
      { firm: null, district: '330922001', lift: 'LA' },
    ],
    [
      'of a site is where the event says',
      { kind: 'site', id: 's' },
      { district: '3309' },
      { district: '3309' },
    ],
    ['of all is of nobody', { kind: 'all', id: '' }, {}, { firm: null, district: null }],
  ])('one %s', (_what, scope, owner, expected) => {
    expect(conditionInput(logged(indicatorEvent('indicator.breached', scope, {}, owner)))).toMatchObject(
      expected,
    );
  });

  test.each([
    ['high', 'high'],
    ['urgent', 'medium'],
    [7, 'medium'],
  ])('a rule of priority %j makes one of priority %s', (priority, expected) => {
    const change = conditionInput(logged(indicatorEvent('indicator.breached', COUNTY), { priority }));
    expect(change).toMatchObject({ input: { cause: { condition: { priority: expected } } } });
  });

  test.each([
    ['indicator.restored', {}, { type: 'clear', at: 5_000, reason: 'recovered' }],
    ['indicator.withdrawn', {}, { type: 'withdraw', at: 5_000, reason: 'withdrawn-by-correction' }],
    [
      'indicator.withdrawn',
      { reason: 'fault-judged-false', value: null },
      { type: 'withdraw', reason: 'fault-judged-false' },
    ],
  ] as const)('%s %j ends it', (type, part, input) => {
    expect(conditionInput(logged(indicatorEvent(type, COUNTY), part))).toMatchObject({
      target: { key: 'r1:county:330922' },
      input,
    });
  });

  test('a key is as the database holds it', () => {
    const scope: Scope = { kind: 'maker', id: 'a\0b' };
    expect(conditionInput(logged(indicatorEvent('indicator.breached', scope)))).toMatchObject({
      target: { key: 'r1:maker:a\ufffdb' },
    });
  });
});

describe('what an event of a webhook means for an alarm', () => {
  test('a disabled endpoint raises one of its firm, with high priority', () => {
    expect(conditionInput(logged(webhookEvent('webhook.disabled', 'firm-a')))).toMatchObject({
      target: { by: 'source', source: 'webhook', key: 'ep-1' },
      lift: null,
      district: '330922001',
      firm: 'firm-a',
      input: {
        cause: {
          condition: {
            alarmId: 'alarm-webhook-7',
            kind: 'webhook-endpoint-disabled',
            priority: 'high',
            reason: 'failing-five-days',
            subject: { type: 'webhook-endpoint', endpointId: 'ep-1', host: 'hooks.example.cn' },
          },
        },
      },
    });
  });

  test('an enabled one ends it', () => {
    const event = logged(webhookEvent('webhook.enabled', null, { reason: 'by-person' }));
    expect(conditionInput(event)).toMatchObject({
      firm: null,
      input: { type: 'clear', at: 5_000, reason: 'by-person' },
    });
  });
});

describe('what moves no alarm', () => {
  const breach = indicatorEvent('indicator.breached', COUNTY);
  const disabled = webhookEvent('webhook.disabled', 'firm-a');

  test.each<[string, NewLogEvent, object]>([
    ['no rule', breach, { ruleId: '' }],
    ['no scope', breach, { scope: null }],
    ['a scope of no known kind', breach, { scope: { kind: 'galaxy', id: '1' } }],
    ['a scope without id', breach, { scope: { kind: 'firm' } }],
    ['a value that is no number', breach, { value: '0.8' }],
    ['no version', breach, { ruleVersion: null }],
    ['no numerator', breach, { numerator: null }],
    ['a window past all dates', breach, { to: 1e300 }],
    ['no endpoint', disabled, { endpointId: 7 }],
    ['no host', disabled, { host: undefined }],
    ['no reason', disabled, { reason: '' }],
    ['another event', { ...breach, type: 'fault.raised' }, {}],
  ])('%s', (_what, event, part) => {
    expect(conditionInput(logged(event, part))).toBeNull();
  });
});
