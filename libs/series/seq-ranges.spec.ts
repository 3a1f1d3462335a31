import fc from 'fast-check';
import { SeqRanges } from './seq-ranges.js';

describe('SeqRanges', () => {
  it('holds what was added, in the fewest ranges, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 4_000 }), (seqs) => {
        const ranges = new SeqRanges();
        for (const seq of seqs) ranges.add(seq);
        const held = ranges
          .merged()
          .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
        expect(held).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        const touching = ranges
          .merged()
          .some(([first], at, all) => at > 0 && (all[at - 1]?.[1] ?? 0) + 1 >= first);
        expect(touching).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('takes a hundred thousand in the worst order within a moment', () => {
    const ranges = new SeqRanges();
    for (let seq = 200_000; seq > 0; seq -= 2) ranges.add(seq);
    for (let seq = 1; seq < 200_000; seq += 2) ranges.add(seq);
    expect(ranges.merged()).toEqual([[1, 200_000]]);
  });
});
