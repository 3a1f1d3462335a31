import { encodeFaults, encodeSamples } from './encode-batch.js';
import { fault, point, SILENT } from './series-points.fixture.js';

const vendor = { seq: null, boot: null };
const a = point('L1', 0, { ...vendor, sample: { ...SILENT, moving: true } });
const b = point('L1', 0, { ...vendor, sample: { ...SILENT, moving: false } });

describe('encodeSamples', () => {
  it('makes A, B, A of one millisecond three points, the same ones each time', () => {
    const { lines } = encodeSamples([a, b, a]);
    expect(new Set(lines).size).toBe(3);
    expect(encodeSamples([a, b, a]).lines).toEqual(lines);
    expect(encodeSamples([a, b]).lines).toEqual(lines.slice(0, 2));
  });

  it('leaves a repetition with seq what it is', () => {
    const { lines } = encodeSamples([point('L1', 0), point('L1', 0)]);
    expect(lines[0]).toBe(lines[1]);
  });

  it('does not take equal times of different lifts for one', () => {
    const other = { ...a, lift: 'L2' };
    expect(encodeSamples([a, other, a]).lines[1]).toBe(encodeSamples([other]).lines[0]);
  });

  it('sorts out what cannot be said, and keeps lines and points in step', () => {
    const bad = point('a\\b', 0);
    const good = point('L2', 0);
    const batch = encodeSamples([a, bad, good]);
    expect(batch.points).toEqual([a, good]);
    expect(batch.lines).toHaveLength(2);
    expect(batch.lines[1]).toMatch(/^lift_sample,lift=L2,/);
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
    expect(lines.map((line) => /state="(\w+)"/.exec(line)?.[1])).toEqual(['open', 'cleared']);
    expect(refused).toHaveLength(1);
  });
});
