import fc from 'fast-check';
import { findJsonError } from './json-error.js';

const CASES: readonly (readonly [text: string, position: number, expected: string])[] = [
  ['', 0, 'a value'],
  ['  ', 2, 'a value'],
  ['{"a":}', 5, 'a value'],
  ['{"a" 1}', 5, ':'],
  ['{"a":1,}', 7, 'a key'],
  ['{a:1}', 1, 'a key or }'],
  ['{"a":1', 6, ', or }'],
  ['[1 2]', 3, ', or ]'],
  ['[1,]', 3, 'a value'],
  ['[,]', 1, 'a value or ]'],
  ['01', 1, 'the end'],
  ['1.', 1, 'the end'],
  ['"ab', 3, 'a closing "'],
  ['"a\\x"', 2, 'a valid escape'],
  ['"a\nb"', 2, 'a control character written as an escape'],
  ['nul', 0, 'a value'],
  ['{}}', 2, 'the end'],
];

/** Texts close to JSON: a real one with some characters taken out, doubled or replaced. */
const nearJson = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom('', '"', '}', ']', ',', '\\', '0'),
  )
  .map(([json, where, cut, put]) => {
    const at = where % (json.length + 1);
    return json.slice(0, at) + put + json.slice(at + cut);
  });

describe('findJsonError', () => {
  it.each(CASES)('%j fails at %d, expecting %s', (text, position, expected) => {
    expect(findJsonError(text)).toEqual({ position, expected });
  });

  it('agrees with JSON.parse on what is JSON', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(nearJson, fc.string(), fc.json()), (text) => {
        const error = findJsonError(text);
        expect(error === null).toBe(parses(text));
        if (error === null) return;
        refused += 1;
        expect(error.position).toBeGreaterThanOrEqual(0);
        expect(error.position).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('does not overflow the stack on 60,000 opened brackets', () => {
    expect(findJsonError('['.repeat(60_000))).toEqual({ position: 60_000, expected: 'a value or ]' });
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
