import fc from 'fast-check';
import { compareSources, DISCREPANCIES_MAX } from './compare-sources.js';
import { mergeRanges } from './seq-ranges.js';

const BOOT = '00000000-000';
const ledgerOf = (terminal: string, seqs: readonly number[]) =>
  new Map([[terminal, new Map([[BOOT, mergeRanges(seqs.map((seq) => [seq, seq] as const))]])]]);
const storedOf = (terminal: string, seqs: readonly number[], boot: string | null = BOOT) => ({
  ...{ terminal, boot, points: seqs.length },
  seqs: seqs.map((seq) => [seq, seq] as const),
});

describe('comparing the ledger with the store', () => {
  it('counts what is missing, duplicated and extra, as a multiset does', () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(seqs, seqs, (acked, stored) => {
        const [wanted, there] = [new Set(acked), new Set(stored)];
        const { discrepancies, ...counts } = compareSources(ledgerOf('T', acked), [storedOf('T', stored)]);
        const missing = [...wanted].filter((seq) => !there.has(seq)).length;
        const duplicated = stored.length - there.size;
        expect(counts).toEqual({
          ...{ acked: wanted.size, missing, duplicated, boots: 1 },
          extra: [...there].filter((seq) => !wanted.has(seq)).length,
        });
        expect(discrepancies).toHaveLength(missing + duplicated > 0 ? 1 : 0);
      }),
    );
  });

  it('looks at its own boots only, and adds up a boot that is on two lifts', () => {
    const stored = [
      storedOf('T', [1, 2]),
      storedOf('T', [3]),
      storedOf('T', [7, 7, 7], 'another'),
      storedOf('T', [8], null),
      storedOf('U', [1, 1]),
    ];
    expect(compareSources(ledgerOf('T', [1, 2, 3]), stored)).toMatchObject({
      ...{ acked: 3, missing: 0, duplicated: 0, extra: 0, boots: 1, discrepancies: [] },
    });
  });

  it('names the worst, with the first seqs that are missing', () => {
    const ledger = new Map(
      Array.from({ length: 15 }, (_, n) => [`T${n}`, new Map([[BOOT, [[1, n + 1]] as const]])] as const),
    );
    const { discrepancies, missing } = compareSources(ledger, [storedOf('T14', [1, 2, 9])]);
    expect(missing).toBe((14 * 15) / 2 + 12);
    expect(discrepancies).toHaveLength(DISCREPANCIES_MAX);
    expect(discrepancies.find(({ terminal }) => terminal === 'T14')?.missingSeqs).toEqual([
      [3, 8],
      [10, 15],
    ]);
  });
});
