import fc from 'fast-check';
import { decodeTelemetry } from './decode-native.js';
import { decodeReadings } from './decode-payload.js';
import { compileNativeValidators } from './native-validators.js';
import { ObjectReader } from './object-reader.js';

const { telemetry } = compileNativeValidators();
const NAMES = Object.keys(telemetry.properties);
const reader = new ObjectReader(NAMES, telemetry.properties, telemetry.required);
const bytes = (text: string) => new TextEncoder().encode(text);

const PLAIN = {
  ...{ v: 1, boot: '3fa4b2c1-000', seq: 7, at: 1_763_700_000_000, stored: null, mode: 'normal' },
  ...{
    direction: 'up',
    moving: true,
    floor: '-2B',
    doorState: 'closed',
    inDoorZone: false,
    doorLock: 'closed',
  },
  ...{
    safetyLoop: 'closed',
    occupied: null,
    speed: 1.75,
    levelErrorMm: -0.125,
    loadPercent: 0,
    powerState: 'mains',
  },
  ...{ tripCount: 12_345, doorCycleCount: 999_999_999_999_999, temperature: -40.5, vibration: 0.021 },
};
const text = (changes: Record<string, unknown> = {}) => JSON.stringify({ ...PLAIN, ...changes });

/** What JSON.parse and the validator make of it; null = they refuse. */
function longWay(payload: Uint8Array): unknown {
  const decoded = decodeReadings(payload, telemetry, (valid) => ({
    ...{ type: 'sample', sample: null as never },
    origin: valid as never,
  }));
  const item = decoded.ok ? decoded.items[0] : undefined;
  return item === undefined ? null : (item.origin as unknown);
}

describe('ObjectReader', () => {
  it.each([
    ['closely', text()],
    ['with blanks', text().replaceAll(',', ', ').replaceAll(':', ': ').replace('{', '{ ').replace('}', ' }')],
    ['padded', text().replace(':7,', ':         7,')],
  ])('reads what a terminal writes plainly: %s', (_, written) => {
    const values = reader.read(bytes(written));
    expect(values).toEqual(NAMES.map((name) => (PLAIN as Record<string, unknown>)[name]));
  });

  it.each([
    ['a line break', text().replace(',', ',\n')],
    ['a blank within a number', text().replace('1.75', '1 .75')],
    ['a blank before a colon', text().replace(':', ' :')],
    ['an escape', text({ floor: '"' })],
    ['a text beyond ASCII', text({ floor: '一' })],
    ['an exponent', text().replace('1.75', '175e-2')],
    ['an unknown field', text({ extra: 1 })],
    ['a field named twice', text().replace('{', '{"speed":1,')],
    ['an array', `[${text()}]`],
    ['bytes behind it', `${text()} `],
    ['minus zero', text().replace('1.75', '-0.0')],
    ['a leading zero', text().replace('1.75', '01.75')],
    ['a bare point', text().replace('1.75', '1.')],
    ['too many digits', text().replace('1.75', '1.7500000000000001')],
    ['a number out of range', text({ speed: 31 })],
    ['a fraction for a count', text({ tripCount: 1.5 })],
    ['a text of another field', text({ doorState: 'mains' })],
    ['a required field left out', text({ moving: undefined })],
    ['null for a required field', text({ moving: null })],
    ['a text for a number', text({ speed: '1' })],
    ['a boot with a blank', text({ boot: 'a b' })],
    ['a floor that is too long', text({ floor: '123456789' })],
    ['nothing', ''],
    ['half of it', text().slice(0, 100)],
    ['a torn word', text().replace('true', 'tru')],
  ])('leaves %s to the long way', (_, payload) => {
    expect(reader.read(bytes(payload))).toBeNull();
  });

  const value = fc.oneof(
    fc.constantFrom(
      null,
      true,
      false,
      0,
      1,
      -1,
      0.5,
      '',
      'normal',
      'up',
      'open',
      'closed',
      'mains',
      'unknown',
    ),
    fc.double({ min: -6000, max: 6000, noNaN: true }),
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 1_000),
    fc.string({ maxLength: 10 }),
  );
  const changes = fc.dictionary(fc.constantFrom(...NAMES, 'other'), value, { maxKeys: 4 });
  const damage = fc.option(
    fc.tuple(
      fc.nat({ max: 400 }),
      fc.constantFrom('', '0', '.', '-', '"', ',', ':', '}', 'e1', 'null', ' ', '  '),
    ),
  );

  it('says of any payload what JSON.parse and the validator say, or nothing', () => {
    let plain = 0;
    fc.assert(
      fc.property(changes, damage, (changed, damaged) => {
        const whole = text(changed);
        const at = damaged === null ? 0 : damaged[0] % whole.length;
        const sent = damaged === null ? whole : whole.slice(0, at) + damaged[1] + whole.slice(at + 1);
        const payload = bytes(sent);
        const values = reader.read(payload);
        if (values === null) return;
        plain += 1;
        const expected = longWay(payload) as Record<string, unknown> | null;
        expect(expected).not.toBeNull();
        expect([...values]).toStrictEqual(NAMES.map((name) => expected?.[name] ?? null));
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(50);
  });

  it('reads every decimal number as JSON.parse does', () => {
    const decimal = fc
      .tuple(fc.nat({ max: 5_000 }), fc.stringMatching(/^[0-9]{1,11}$/))
      .map(([whole, fraction]) => `${whole}.${fraction}`);
    fc.assert(
      fc.property(decimal, (written) => {
        const values = reader.read(bytes(text().replace('-0.125', written)));
        const parsed = JSON.parse(written) as number;
        expect(values?.[NAMES.indexOf('levelErrorMm')]).toBe(parsed > 5_000 ? undefined : parsed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('forgets texts when they are too many, and still knows them', () => {
    for (let n = 0; n < 25_000; n++) {
      expect(reader.read(bytes(text({ boot: `b-${n}` })))?.[NAMES.indexOf('boot')]).toBe(`b-${n}`);
    }
  });

  it('is what telemetry is decoded by, to the same sample as the long way', () => {
    const spaced = text().replace('{', '{\t');
    expect(decodeTelemetry(bytes(text()))).toStrictEqual(decodeTelemetry(bytes(spaced)));
  });
});
