import fc from 'fast-check';
import { coded, counted, floorMark, measured, readSample } from './field-map.js';

const MAP = [
  coded('Door', 'doorState', { 0: 'closed', 1: 'open' }, 'unknown'),
  coded('Dir', 'direction', { 1: 'up', 2: 'down' }),
  measured('SpeedMm', 'speed', { min: 0, max: 30, factor: 0.001 }),
  counted('Runs', 'tripCount'),
  floorMark('Floor'),
];

describe('a field map', () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{}, { doorState: null, direction: null, speed: null, tripCount: null, floor: null, extra: null }],
    [
      { Door: 0, Dir: '2' },
      { doorState: 'closed', direction: 'down', extra: null },
    ],
    [
      { Door: 5, Dir: 0 },
      { doorState: 'unknown', direction: null, extra: { Door: 5, Dir: 0 } },
    ],
    [
      { Door: null, Dir: null },
      { doorState: null, extra: null },
    ],
    [{ SpeedMm: 1750 }, { speed: 1.75, extra: null }],
    [{ SpeedMm: -1 }, { speed: null, extra: { SpeedMm: -1 } }],
    [{ SpeedMm: 30_001 }, { speed: null, extra: { SpeedMm: 30_001 } }],
    [{ Runs: '12' }, { tripCount: 12, extra: null }],
    [{ Runs: 1.5 }, { tripCount: null, extra: { Runs: 1.5 } }],
    [{ Floor: -2 }, { floor: '-2', extra: null }],
    [{ Floor: '-2B' }, { floor: '-2B', extra: null }],
    [{ Floor: 'too long by far' }, { floor: null, extra: { Floor: 'too long by far' } }],
    [{ Else: [1] }, { extra: { Else: [1] } }],
  ])('reads %j', (fields, expected) => {
    expect(readSample(MAP, fields)).toMatchObject(expected);
  });

  it.each([
    [{ Door: true }, 'Door is true; allowed: a number, or one written as a string'],
    [{ Dir: 'up' }, 'Dir is "up"; allowed: a number, or one written as a string'],
    [{ Floor: {} }, 'Floor is an object; allowed: a string or a number'],
  ])('refuses %j by name', (fields, said) => {
    expect(readSample(MAP, fields, 'Value.')).toBe(`Value.${said}`);
  });

  it('keeps what it was not told of, whatever its name, and what stood around', () => {
    const fields = JSON.parse('{"__proto__":{"Door":1},"Else":1}');
    const sample = readSample(MAP, fields, '', { Around: 2 });
    const extra = typeof sample === 'string' ? {} : { ...sample.extra };
    expect(Object.keys(extra).sort()).toEqual(['Else', 'Around', '__proto__'].sort());
    expect(sample).toMatchObject({ doorState: null });
  });

  it('loses nothing: a field is in the sample or raw in extra', () => {
    const names = fc.constantFrom('Door', 'Dir', 'SpeedMm', 'Runs', 'Floor', 'Else');
    const value = fc.oneof(fc.integer({ min: -3, max: 40_000 }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.dictionary(names, value, { noNullPrototype: true }), (fields) => {
        const sample = readSample(MAP, fields);
        if (typeof sample === 'string') throw new Error(sample);
        const { extra, ...known } = sample;
        const read = Object.values(known).filter((each) => each !== null && each !== 'unknown').length;
        expect(read + Object.keys(extra ?? {}).length).toBe(Object.keys(fields).length);
      }),
    );
  });
});
