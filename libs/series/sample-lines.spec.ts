import { faultLines } from './fault-lines.js';
import type { LineBlock } from './line-block.js';
import { PointRuns } from './point-runs.js';
import { SampleLines } from './sample-lines.js';
import { ORDINALS_A_MESSAGE, type SeriesPoint } from './series.store.js';
import { fault, point, SILENT } from './series-points.fixture.js';

const textsOf = (block: LineBlock) => block.slice(0, block.count).toString().split('\n');
const timeOf = (line: string) => line.slice(line.lastIndexOf(' ') + 1);
const liftOf = (line: string) => /lift=(\w+)/.exec(line)?.[1];
/** What a vendor's terminal without `seq` said, at a place of the journal. */
const vendor = (lsn: number, index: number, moving = true) =>
  point('L1', 0, {
    seq: null,
    boot: null,
    ordinal: lsn * ORDINALS_A_MESSAGE + index,
    sample: { ...SILENT, moving },
  });

function batchOf(points: readonly SeriesPoint[], runs: PointRuns | null = null): SampleLines {
  const batch = new SampleLines(runs);
  batch.add(points);
  return batch;
}
const linesOf = (points: readonly SeriesPoint[]) => textsOf(batchOf(points).lines);

describe('SampleLines', () => {
  it('makes equal readings of one millisecond as many points, in one batch or in several', () => {
    const readings = [vendor(7, 0), vendor(7, 1, false), vendor(7, 2), vendor(8, 0), vendor(9, 0)];
    const lines = linesOf(readings);
    expect(new Set(lines.map(timeOf)).size).toBe(5);
    expect(lines).toEqual(readings.map((reading) => linesOf([reading])[0]));
  });

  it('keeps 125,000 following messages of up to eight readings apart, in the order of the journal', () => {
    const lowOf = (lsn: number, index: number) =>
      Number(timeOf(linesOf([vendor(lsn, index)])[0] ?? '').slice(-6));
    const first = 123_456_750_000;
    expect(lowOf(first, 0)).toBe(0);
    const lows = [0, 1, 2, 124_999].flatMap((message) =>
      [0, 7].map((index) => lowOf(first + message, index)),
    );
    expect(lows).toEqual([0, 7, 8, 15, 16, 23, 999_992, 999_999]);
    expect(lowOf(first + 125_000, 0)).toBe(0);
  });

  it('leaves a repetition with seq what it is', () => {
    const lines = linesOf([point('L1', 0), point('L1', 0, { ordinal: 9 })]);
    expect(lines[0]).toBe(lines[1]);
  });

  it('sorts out what cannot be said, and knows which point a line says', () => {
    const batch = batchOf([vendor(1, 0), point('a\\b', 0), point('L2', 0)]);
    expect(batch.size).toBe(3);
    expect(textsOf(batch.lines).map(liftOf)).toEqual(['L1', 'L2']);
    expect([0, 1].map((line) => [batch.indexOf(line), batch.liftOf(line)])).toEqual([
      [0, 'L1'],
      [2, 'L2'],
    ]);
    expect(batch.refused).toEqual([{ index: 1, reason: expect.stringMatching(/lift is/) }]);
  });

  it('puts the lines of a lift together, in their order', () => {
    const lifts = ['L1', 'L2', 'L3', 'L1', 'L3', 'L1'];
    const batch = batchOf(lifts.map((lift, seq) => point(lift, seq, { seq })));
    expect(batch.byLift()).toEqual([0, 3, 5, 1, 2, 4]);
    const sent = textsOf(batch.lines.pick(batch.byLift()));
    expect(sent.map(liftOf)).toEqual(['L1', 'L1', 'L1', 'L2', 'L3', 'L3']);
    expect(new Set(sent)).toEqual(new Set(textsOf(batch.lines)));
  });

  it('knows the newest point of each lift, of two with one time the later', () => {
    const points = [
      point('L1', 5),
      point('L1', 9),
      point('L1', 9, { seq: 2 }),
      point('L1', 3),
      point('L2', 1),
    ];
    const batch = batchOf(points);
    expect([...batch.newest.values()]).toEqual([points[2], points[4]]);
    batch.correctNewest(new Set(['L1']), points.slice(0, 1));
    expect([...batch.newest.values()]).toEqual([points[4], points[0]]);
  });

  it('lets nothing continue a point that cannot be said', () => {
    const at = (seq: number, fields: Partial<SeriesPoint> = {}) => point('L1', seq, { seq, ...fields });
    const runs = new PointRuns();
    const batch = batchOf([at(1), at(2), at(3, { receivedAt: Number.NaN }), at(4), at(5)], runs);
    expect(batch.refused.map(({ index }) => index)).toEqual([2]);
    const whole = textsOf(batch.lines).map((line) => line.includes('clockSuspect='));
    expect(whole).toEqual([true, false, true, false]);
  });
});

describe('faultLines', () => {
  it('keeps the order of the writes', () => {
    const { lines, indexes, refused } = faultLines([
      fault('1'),
      fault('2', { lift: '\n' }),
      fault('1', { state: 'cleared' }),
    ]);
    expect(textsOf(lines).map((line) => /state="(\w+)"/.exec(line)?.[1])).toEqual(['open', 'cleared']);
    expect(indexes).toEqual([0, 2]);
    expect(refused).toEqual([{ index: 1, reason: expect.stringMatching(/lift is/) }]);
  });
});
