import { encodeFaults, encodeSamples } from './encode-batch.js';
import type { LineBlock } from './line-block.js';
import { ORDINALS_A_MESSAGE } from './series.store.js';
import { fault, point, SILENT } from './series-points.fixture.js';

const linesOf = (block: LineBlock) => block.slice(0, block.count).toString().split('\n');
const timeOf = (line: string) => line.slice(line.lastIndexOf(' ') + 1);
/** What a vendor's terminal without `seq` said, at a place of the journal. */
const vendor = (lsn: number, index: number, moving = true) =>
  point('L1', 0, {
    seq: null,
    boot: null,
    ordinal: lsn * ORDINALS_A_MESSAGE + index,
    sample: { ...SILENT, moving },
  });

describe('encodeSamples', () => {
  it('makes equal readings of one millisecond as many points, in one batch or in several', () => {
    const readings = [vendor(7, 0), vendor(7, 1, false), vendor(7, 2), vendor(8, 0), vendor(9, 0)];
    const { lines } = encodeSamples(readings, null);
    expect(new Set(linesOf(lines).map(timeOf)).size).toBe(5);
    const apart = readings.map((reading) => linesOf(encodeSamples([reading], null).lines)[0]);
    expect(linesOf(lines)).toEqual(apart);
  });

  it('keeps 125,000 following messages of up to eight readings apart, in the order of the journal', () => {
    const lowOf = (lsn: number, index: number) =>
      Number(timeOf(linesOf(encodeSamples([vendor(lsn, index)], null).lines)[0] ?? '').slice(-6));
    const first = 123_456_750_000;
    expect(lowOf(first, 0)).toBe(0);
    const lows = [0, 1, 2, 124_999].flatMap((message) =>
      [0, 7].map((index) => lowOf(first + message, index)),
    );
    expect(lows).toEqual([0, 7, 8, 15, 16, 23, 999_992, 999_999]);
    expect(lowOf(first + 125_000, 0)).toBe(0);
  });

  it('leaves a repetition with seq what it is', () => {
    const lines = linesOf(encodeSamples([point('L1', 0), point('L1', 0, { ordinal: 9 })], null).lines);
    expect(lines[0]).toBe(lines[1]);
  });

  it('sorts out what cannot be said, and keeps lines and points in step', () => {
    const bad = point('a\\b', 0);
    const good = point('L2', 0);
    const batch = encodeSamples([vendor(1, 0), bad, good], null);
    expect(batch.points).toEqual([vendor(1, 0), good]);
    expect(batch.lines.count).toBe(2);
    expect(linesOf(batch.lines)[1]).toMatch(/^lift_sample,lift=L2,/);
    expect(batch.refused).toEqual([{ point: bad, reason: expect.stringMatching(/lift is/) }]);
  });
});

describe('encodeFaults', () => {
  it('keeps the order of the writes', () => {
    const { lines, refused } = encodeFaults([
      fault('1'),
      fault('1', { state: 'cleared' }),
      fault('2', { lift: '\n' }),
    ]);
    expect(linesOf(lines).map((line) => /state="(\w+)"/.exec(line)?.[1])).toEqual(['open', 'cleared']);
    expect(refused).toHaveLength(1);
  });
});
