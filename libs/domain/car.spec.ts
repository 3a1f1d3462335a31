import { type Car, nextCar, SOUND_SENSORS } from './car.js';
import { STANDING } from './lift-story.fixture.js';

type Reading = readonly [atSeconds: number, door: 'open' | 'closed' | 'unknown', occupied: boolean | null];

function occupancyAfter(readings: readonly Reading[], presenceFaulty = false): Car['occupancy'] | undefined {
  const faulty = { ...SOUND_SENSORS, presence: presenceFaulty };
  let car: Car | null = null;
  for (const [at, doorState, occupied] of readings) {
    car = nextCar(car, { ...STANDING, doorState, occupied }, at * 1_000, at * 1_000, faulty);
  }
  return car?.occupancy;
}

describe('presence: people cannot appear or vanish in the car', () => {
  it.each<[string, readonly Reading[], Car['occupancy']]>([
    ['the first reading is believed', [[0, 'closed', false]], 'no'],
    ['silence is unknown', [[0, 'closed', null]], 'unknown'],
    [
      'nobody vanishes behind a shut door',
      [
        [0, 'open', true],
        [1, 'closed', true],
        [2, 'closed', false],
        [99, 'closed', false],
      ],
      'yes',
    ],
    [
      'a sensor that falls silent takes nobody out',
      [
        [0, 'closed', true],
        [1, 'closed', null],
      ],
      'yes',
    ],
    [
      'a sensor that falls silent turns no into unknown',
      [
        [0, 'closed', false],
        [1, 'closed', null],
      ],
      'unknown',
    ],
    [
      'one flicker puts nobody in',
      [
        [0, 'closed', false],
        [1, 'closed', true],
        [2, 'closed', false],
      ],
      'no',
    ],
    [
      'under ten seconds of "person" prove nothing',
      [
        [0, 'closed', false],
        [1, 'closed', true],
        [10, 'closed', true],
      ],
      'no',
    ],
    [
      'a "person" that persists was there all along',
      [
        [0, 'closed', false],
        [1, 'closed', true],
        [6, 'closed', true],
        [11, 'closed', true],
      ],
      'yes',
    ],
    [
      'the door opens, they leave',
      [
        [0, 'closed', true],
        [1, 'open', true],
        [2, 'open', false],
        [3, 'closed', false],
      ],
      'no',
    ],
    [
      'the last moment before the door shut counts',
      [
        [0, 'open', true],
        [1, 'closed', false],
      ],
      'no',
    ],
  ])('%s', (_name, readings, occupancy) => {
    expect(occupancyAfter(readings)).toBe(occupancy);
  });

  it('a sensor the terminal calls faulty says nothing', () => {
    expect(occupancyAfter([[0, 'open', false]], true)).toBe('unknown');
  });
});
