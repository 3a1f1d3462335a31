import fc from 'fast-check';
import type { Carried, Reported } from './carried.js';
import { ChangeCount, changeText, explains, type FaultSeen, faultChanges } from './fault-changes.js';

const fault = (changes: Partial<FaultSeen> = {}): FaultSeen => ({
  id: 'f1',
  kind: 'door-held',
  state: 'open',
  profile: 'jtc340',
  code: 'Alarm/2003',
  attachments: 0,
  ...changes,
});
const words = (before: readonly FaultSeen[], after: readonly FaultSeen[]) =>
  faultChanges(new Map(before.map((each) => [each.id, each])), after).map(({ word }) => word);

it.each<[string, FaultSeen | null, FaultSeen, string[]]>([
  ['new and open', null, fault(), ['raised']],
  [
    'raised, attached to and cleared at once',
    null,
    fault({ state: 'cleared', attachments: 2 }),
    ['raised', 'attached', 'attached', 'cleared'],
  ],
  ['history', null, fault({ state: 'recorded' }), ['recorded']],
  ['suppressed', null, fault({ state: 'suppressed' }), ['suppressed']],
  ['as it was', fault(), fault(), []],
  ['cleared', fault(), fault({ state: 'cleared' }), ['cleared']],
  ['withdrawn', fault({ state: 'cleared' }), fault({ state: 'withdrawn' }), ['withdrawn']],
  ['raised after suppression', fault({ state: 'suppressed' }), fault(), ['raised']],
  ['attached to', fault({ attachments: 1 }), fault({ attachments: 2 }), ['attached']],
  ['attached to and cleared', fault(), fault({ attachments: 1, state: 'cleared' }), ['attached', 'cleared']],
])('a fault that is %s', (_what, before, after, expected) => {
  expect(words(before === null ? [] : [before], [after])).toEqual(expected);
});

it('counts the same however often one looks, when nothing happens between two looks twice', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 5 });
  fc.assert(
    fc.property(ids, (names) => {
      const open = names.map((id) => fault({ id }));
      const cleared = names.map((id) => fault({ id, state: 'cleared' }));
      expect([...words([], open), ...words(open, cleared)].toSorted()).toEqual(words([], cleared).toSorted());
    }),
  );
});

describe('a message explains', () => {
  const says = (changes: Partial<Reported>): Carried => ({
    what: 'reports',
    reports: [{ profile: 'jtc340', code: 'Alarm/2003', kind: 'door-held', state: 'raised', ...changes }],
  });
  it.each<[string, Carried, FaultSeen, boolean]>([
    ['its own code', says({}), fault(), true],
    ['another code of its kind', says({ code: 'X' }), fault(), true],
    ['its unknown code', says({ kind: 'unknown', code: 'E1' }), fault({ kind: 'unknown', code: 'E1' }), true],
    ['not another unknown code', says({ kind: 'unknown' }), fault({ kind: 'unknown', code: 'E1' }), false],
    ['not the code of another maker', says({ kind: 'overspeed' }), fault({ profile: 'x' }), false],
    [
      'an entrapment by the button',
      says({ kind: 'alarm-button', code: 'B' }),
      fault({ kind: 'entrapment' }),
      true,
    ],
    [
      'not what was inferred of another kind',
      says({}),
      fault({ kind: 'overspeed', code: null, profile: null }),
      false,
    ],
    ['nothing when it reports nothing', { what: 'samples' }, fault(), false],
  ])('%s', (_what, carried, seen, expected) => {
    expect(explains(carried, seen)).toBe(expected);
  });
});

it('is told in words and counted', () => {
  const changes = faultChanges(new Map(), [
    fault({ attachments: 1 }),
    fault({ id: 'f2', kind: 'entrapment', code: null, state: 'cleared' }),
  ]);
  expect(changes.map(changeText)).toEqual([
    'fault raised: door-held (Alarm/2003)',
    'attached to the open fault: door-held (Alarm/2003)',
    'fault raised: entrapment, inferred',
    'fault cleared: entrapment, inferred',
  ]);
  const count = new ChangeCount();
  count.add(changes);
  expect([count.of('raised'), count.of('attached'), count.of('cleared'), count.of('withdrawn')]).toEqual([
    2, 1, 1, 0,
  ]);
});
