import fc from 'fast-check';
import { LineBlock, textRule } from './line-block.js';

const written = (write: (block: LineBlock) => void): string => {
  const block = new LineBlock(0);
  write(block);
  block.endLine();
  return block.slice(0, 1).toString();
};

describe('LineBlock', () => {
  it('writes any integer as JavaScript does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat(20)), (value) => {
        expect(written((block) => block.integer(value))).toBe(String(value));
      }),
    );
    for (const value of [0, 9, 10, 999_999_999, 1_000_000_000, 10 ** 15, Number.MAX_SAFE_INTEGER]) {
      expect(written((block) => block.integer(-value))).toBe(value === 0 ? '0' : `-${value}`);
    }
  });

  it('writes any finite number in the digits that JavaScript takes', () => {
    const decimals = fc
      .tuple(
        fc.integer({ min: -3_000_000_000, max: 3_000_000_000 }),
        fc.constantFrom(1, 10, 100, 1_000, 10_000),
      )
      .map(([digits, scale]) => digits / scale);
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.oneof(decimals, doubles, fc.maxSafeInteger()), (value) => {
        expect(written((block) => block.float(value))).toBe(String(value));
      }),
      { numRuns: 2_000 },
    );
    for (const value of [0.1, 0.001, 0.0005, 1.75, -0.02, 2 ** 31, 2 ** 31 - 0.001, 1e21, 5e-324]) {
      expect(written((block) => block.float(value))).toBe(String(value));
    }
  });

  it('writes any text, escaped or not, and refuses what does not fit', () => {
    const rule = textRule(' "', [0x0a], (value) =>
      value.includes('\n') ? null : value.replace(/[ "]/g, '\\$&'),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.constantFrom(' ', '"', '\n', '梯', '𝕃'), fc.string()) }),
        (value) => {
          const block = new LineBlock(0);
          const fits = block.text(value, rule);
          expect(fits).toBe(!value.includes('\n'));
          if (!fits) block.dropLine();
          block.endLine();
          expect(block.slice(0, 1).toString()).toBe(fits ? value.replace(/[ "]/g, '\\$&') : '');
        },
      ),
    );
  });

  it('cuts and picks lines', () => {
    const block = new LineBlock(1);
    for (const line of ['one', 'two', 'three']) {
      block.raw(Buffer.from(line));
      block.endLine();
    }
    block.raw(Buffer.from('half'));
    block.dropLine();
    expect([0, 1, 3].map((to) => block.slice(0, to).toString())).toEqual(['', 'one', 'one\ntwo\nthree']);
    expect(block.sizeOf(1, 3)).toBe('two\nthree\n'.length);
    const picked = block.pick([2, 0]);
    expect(picked.slice(0, picked.count).toString()).toBe('three\none');
  });
});
