import type { LiveReading } from './lift-view.js';
import { floorLevel, shaftOf, sortFloors } from './shaft-model.js';

const reading = (part: Partial<LiveReading>): LiveReading => ({
  atMs: 0,
  receivedAtMs: 0,
  clockSuspect: false,
  mode: 'normal',
  direction: 'none',
  moving: false,
  floor: '3',
  doorState: 'closed',
  inDoorZone: true,
  doorLock: 'closed',
  safetyLoop: 'closed',
  occupied: null,
  speed: 0,
  levelErrorMm: null,
  loadPercent: null,
  powerState: 'mains',
  ...part,
});

describe('floors', () => {
  it.each([
    ['-2B', -2],
    ['B2', -2],
    ['B', -1],
    ['12', 12],
    ['3A', 3],
    ['G', 0.5],
    ['夹层', null],
    ['', null],
  ])('%s stands at %s', (mark, level) => {
    expect(floorLevel(mark)).toBe(level);
  });

  it('are sorted from the lowest, each once, and those without a number last', () => {
    expect(sortFloors(['夹层', '10', '2', '-1', 'B2', '2', 'G', '屋顶'])).toEqual([
      'B2',
      '-1',
      'G',
      '2',
      '10',
      '夹层',
      '屋顶',
    ]);
  });
});

describe('shaftOf', () => {
  it.each([
    [reading({ occupied: null }), 'unknown'],
    [reading({ occupied: false }), 'no'],
    [reading({ occupied: true }), 'yes'],
    [null, 'unknown'],
  ])('never reads unknown as nobody', (live, people) => {
    expect(shaftOf(live, []).people).toBe(people);
  });

  it.each([
    ['open', 1],
    ['opening', 0.5],
    ['closing', 0.5],
    ['closed', 0],
    ['unknown', null],
    [null, null],
  ] as const)('door %s', (doorState, door) => {
    expect(shaftOf(reading({ doorState }), []).door).toBe(door);
  });

  it('puts the car at its floor, or half a floor on when it is between two', () => {
    const heard = ['1', '2', '3', '4'];
    expect(shaftOf(reading({}), heard)).toMatchObject({ carAt: 2, betweenFloors: false });
    expect(shaftOf(reading({ inDoorZone: false, direction: 'down' }), heard).carAt).toBe(1.5);
    expect(shaftOf(reading({ inDoorZone: false, direction: 'none' }), heard).carAt).toBe(2.5);
    expect(shaftOf(reading({ inDoorZone: null }), heard).carAt).toBe(2);
    expect(shaftOf(reading({ floor: null }), heard).carAt).toBeNull();
  });

  it('draws nine floors at most, the car among them', () => {
    const heard = Array.from({ length: 60 }, (_, index) => String(index + 1));
    for (const floor of ['1', '3', '30', '59', '60', '99']) {
      const { floors, carAt } = shaftOf(reading({ floor }), heard);
      expect(floors).toHaveLength(9);
      expect(floors[carAt ?? -1]).toBe(floor);
    }
  });
});
