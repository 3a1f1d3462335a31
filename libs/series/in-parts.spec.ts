import { inParts } from './in-parts.js';
import type { AppendResult } from './series.store.js';

const STORED = { ok: true, refused: [], outsideRetention: 1 } as const;
const GONE = { ok: false, retryable: true, message: 'gone' } as const;

/** Parts that were begun, and how each is to end. */
class Writes {
  readonly begun: (readonly number[])[] = [];
  readonly end: ((result: AppendResult | Error) => void)[] = [];

  write = (part: readonly number[]): Promise<AppendResult> => {
    this.begun.push(part);
    return new Promise((resolve, reject) => {
      this.end.push((result) => (result instanceof Error ? reject(result) : resolve(result)));
    });
  };

  /** When so many have been begun, and none more a moment later. */
  async until(count: number): Promise<void> {
    while (this.begun.length < count) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(this.begun).toHaveLength(count);
  }
}

describe('inParts', () => {
  it('writes two parts at a time in the order of the points, and sums up', async () => {
    const writes = new Writes();
    const written = inParts([1, 2, 3, 4, 5], { points: 2, atOnce: 2 }, writes.write);
    await writes.until(2);
    writes.end[1]?.({ ...STORED, refused: [{ index: 1, reason: 'bad' }] });
    await writes.until(3);
    expect(writes.begun).toEqual([[1, 2], [3, 4], [5]]);
    writes.end[2]?.(STORED);
    writes.end[0]?.({ ...STORED, refused: [{ index: 0, reason: 'worse' }] });
    expect(await written).toEqual({
      ok: true,
      refused: [
        { index: 0, reason: 'worse' },
        { index: 3, reason: 'bad' },
      ],
      outsideRetention: 3,
    });
  });

  it.each([
    ['fails', GONE],
    ['throws', new Error('broken')],
  ])('begins no other when one %s, and ends when nothing is under way', async (_, how) => {
    const writes = new Writes();
    let over = false;
    const written = inParts([1, 2, 3], { points: 1, atOnce: 2 }, writes.write)
      .catch((error: unknown) => error)
      .finally(() => {
        over = true;
      });
    await writes.until(2);
    writes.end[0]?.(how);
    await writes.until(2);
    expect(over).toBe(false);
    writes.end[1]?.(STORED);
    expect(await written).toBe(how);
  });

  it('writes nothing of nothing', async () => {
    expect(await inParts([], { points: 2, atOnce: 2 }, new Writes().write)).toEqual({
      ok: true,
      refused: [],
      outsideRetention: 0,
    });
  });
});
