import fc from 'fast-check';
import { aBrokenRate, anAlarm } from './alarm.fixture.js';
import {
  type AlarmFilter,
  compareAlarms,
  countByPriority,
  countHiddenCritical,
  districtsOf,
  isClosable,
  isWaiting,
  NO_FILTER,
  selectAlarms,
} from './alarm-selection.js';
import { ALARM_STATE_NAMES, PRIORITY_ORDER } from './alarm-view.js';

const T0 = Date.UTC(2025, 10, 21, 12);
const alarms = [
  anAlarm({ id: 'old', raisedAtMs: T0 - 60_000 }),
  anAlarm({
    id: 'new',
    raisedAtMs: T0,
    rescueCode: '330777',
    acknowledgedAt: '2025-11-21T12:01:00Z',
    state: 'acknowledged',
  }),
  anAlarm({
    id: 'low',
    priority: 'low',
    kind: 'terminal-offline',
    district: '500231',
    districtName: '垫江县',
    firm: 'firm-a',
  }),
  anAlarm({
    id: 'high',
    priority: 'high',
    kind: 'door-held',
    address: '人民东路 88 号 Tower B',
    district: null,
  }),
  anAlarm({ id: 'closed', state: 'closed', raisedAtMs: T0 + 1 }),
];

describe('selectAlarms', () => {
  it.each<[string, Partial<AlarmFilter>, string[]]>([
    ['by priority, then newest first', {}, ['new', 'old', 'high', 'low']],
    [
      'closed ones last',
      { states: ['raised', 'acknowledged', 'closed'] },
      ['new', 'old', 'high', 'low', 'closed'],
    ],
    ['only the closed', { states: ['closed'] }, ['closed']],
    ['a firm', { firms: ['firm-a'] }, ['low']],
    ['a county, by its prefix', { districts: ['5002'] }, ['low']],
    ['a priority', { priorities: ['high', 'low'] }, ['high', 'low']],
    ['a kind', { kinds: ['terminal-offline'] }, ['low']],
    ['a district', { districts: ['420103'] }, ['new', 'old']],
    ['part of a rescue code', { search: ' 0777 ' }, ['new']],
    ['part of an address, any case', { search: 'tower b' }, ['high']],
    ['a registration code', { search: '311042' }, ['new', 'old', 'high', 'low']],
    ['all at once', { priorities: ['critical'], kinds: ['entrapment'], search: '建设' }, ['new', 'old']],
    ['nothing', { search: 'nowhere' }, []],
  ])('%s', (_name, part, expected) => {
    expect(selectAlarms(alarms, { ...NO_FILTER, ...part }).map((alarm) => alarm.id)).toEqual(expected);
  });

  it('sorts by a total order: any order in, one order out', () => {
    const any = fc.record({
      id: fc.uuid(),
      priority: fc.constantFrom(...PRIORITY_ORDER),
      state: fc.constantFrom(...ALARM_STATE_NAMES),
      raisedAtMs: fc.integer({ min: T0, max: T0 + 3 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: (item) => item.id, maxLength: 20 }), (items) => {
        const there = items.map(anAlarm);
        const sorted = [...there].sort(compareAlarms).map((alarm) => alarm.id);
        expect(
          [...there]
            .reverse()
            .sort(compareAlarms)
            .map((alarm) => alarm.id),
        ).toEqual(sorted);
      }),
    );
  });
});

describe('alarms that come from no fault', () => {
  const endpoint = aBrokenRate({
    id: 'hook',
    kind: 'webhook-endpoint-disabled',
    priority: 'high',
    district: null,
    firm: 'firm-a',
    subject: { type: 'webhook-endpoint', host: 'Hooks.Example.cn', sinceMs: null },
  });
  const unknown = aBrokenRate({ id: 'unknown', priority: 'low', subject: null });
  const mixed = [...alarms, aBrokenRate(), endpoint, unknown];

  it.each<[string, Partial<AlarmFilter>, string[]]>([
    ['stand among the others by priority', {}, ['new', 'old', 'high', 'hook', 'rate', 'low', 'unknown']],
    ['by kind', { kinds: ['indicator-breached'] }, ['rate', 'unknown']],
    ['by district', { districts: ['5002'] }, ['rate', 'low', 'unknown']],
    ['by firm', { firms: ['firm-a'] }, ['hook', 'low']],
    ["by the scope's id", { search: '500231' }, ['rate']],
    ['by host, any case', { search: 'hooks.' }, ['hook']],
  ])('%s', (_name, part, expected) => {
    expect(selectAlarms(mixed, { ...NO_FILTER, ...part }).map(({ id }) => id)).toEqual(expected);
  });

  it('are counted, and do not take the name of a district away', () => {
    expect(countByPriority(mixed)).toMatchObject({
      high: { open: 2 },
      medium: { open: 1 },
      low: { open: 2 },
    });
    expect(districtsOf(mixed)).toEqual(districtsOf([aBrokenRate(), ...alarms]));
    expect(districtsOf(mixed)).toContainEqual({ code: '500231', name: '垫江县' });
  });
});

describe('counts', () => {
  it('count open alarms and those nobody acknowledged', () => {
    expect(countByPriority(alarms)).toEqual({
      critical: { open: 2, waiting: 1 },
      high: { open: 1, waiting: 1 },
      medium: { open: 0, waiting: 0 },
      low: { open: 1, waiting: 1 },
    });
  });

  it('tell what a filter hides', () => {
    const rows = selectAlarms(alarms, { ...NO_FILTER, priorities: ['low'] });
    expect(countHiddenCritical(alarms, rows)).toBe(1);
    expect(countHiddenCritical(alarms, selectAlarms(alarms, NO_FILTER))).toBe(0);
  });

  it('list the districts that occur, once', () => {
    expect(districtsOf(alarms)).toEqual([
      { code: '420103', name: '江汉区' },
      { code: '500231', name: '垫江县' },
    ]);
  });
});

describe('what a person can do', () => {
  const seen = '2025-11-21T12:01:00Z';
  it.each([
    ['raised', null, true, false],
    ['acknowledged', seen, false, false],
    ['cleared', null, true, true],
    ['cleared-unconfirmed', null, true, true],
    ['cleared-unconfirmed', seen, false, true],
    ['closed', null, false, false],
  ] as const)('%s, acknowledged at %s', (state, acknowledgedAt, waiting, closable) => {
    const alarm = anAlarm({ state, acknowledgedAt });
    expect(isWaiting(alarm)).toBe(waiting);
    expect(isClosable(alarm)).toBe(closable);
  });
});
