import fc from 'fast-check';
import {
  countOf,
  holdsSeq,
  mergeRanges,
  type SeqRange,
  type SeqRanges,
  subtractRanges,
} from './seq-ranges.js';

const anyRanges = fc.array(
  fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]): SeqRange => [first, first + more]),
  { maxLength: 12 },
);

function numbers(ranges: Iterable<SeqRange>): number[] {
  const all = new Set<number>();
  for (const [first, last] of ranges) for (let seq = first; seq <= last; seq++) all.add(seq);
  return [...all].sort((a, b) => a - b);
}

function isSorted(ranges: SeqRanges): boolean {
  return ranges.every(([first], n) => n === 0 || first > (ranges[n - 1]?.[1] ?? 0) + 1);
}

describe('ranges of sequence numbers', () => {
  it('merged hold the same numbers, sorted and apart', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const merged = mergeRanges(ranges);
        expect(isSorted(merged)).toBe(true);
        expect(numbers(merged)).toEqual(numbers(ranges));
        expect(countOf(merged)).toBe(numbers(ranges).length);
      }),
    );
  });

  it('subtracted leave what is in the one and not in the other', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (a, b) => {
        const without = new Set(numbers(b));
        const left = subtractRanges(mergeRanges(a), mergeRanges(b));
        expect(isSorted(left)).toBe(true);
        expect(numbers(left)).toEqual(numbers(a).filter((seq) => !without.has(seq)));
      }),
    );
  });

  it('know what they hold', () => {
    fc.assert(
      fc.property(anyRanges, fc.nat(70), (ranges, seq) => {
        expect(holdsSeq(mergeRanges(ranges), seq)).toBe(numbers(ranges).includes(seq));
      }),
    );
  });

  it('refuse an end before the start', () => {
    expect(() => mergeRanges([[5, 4]])).toThrow('from 5 to 4');
  });
});
