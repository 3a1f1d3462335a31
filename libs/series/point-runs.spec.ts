import fc from 'fast-check';
import { readLine } from './line-reader.fixture.js';
import { PointRuns, RUN_MAX_MS, RUN_MAX_POINTS } from './point-runs.js';
import { SampleLines } from './sample-lines.js';
import type { SeriesPoint } from './series.store.js';
import { STATE_FIELDS } from './series-history.js';
import { point, SILENT, sample } from './series-points.fixture.js';
import { WholeRows } from './whole-rows.js';

const at = (seq: number, fields: Partial<SeriesPoint> = {}) => point('L1', seq * 1_000, { seq, ...fields });
/** Which of the points say everything. */
const wholes = (points: readonly SeriesPoint[], runs = new PointRuns()) =>
  points.map((each) => runs.continued(each) === null);

describe('PointRuns', () => {
  it('continues the point before with the next seq', () => {
    const runs = new PointRuns();
    const points = [at(1), at(2), at(3)];
    expect(points.map((each) => runs.continued(each))).toEqual([null, points[0], points[1]]);
  });

  it.each<[string, readonly SeriesPoint[], readonly boolean[]]>([
    ['a gap in seq', [at(1), at(3), at(4)], [true, true, false]],
    ['a repetition', [at(1), at(2), at(2), at(3)], [true, false, true, false]],
    ['a late point, which the newest is not', [at(7), at(8), at(1), at(9)], [true, false, true, false]],
    ['another boot', [at(1), at(2, { boot: 'b2' })], [true, true]],
    ['another terminal', [at(1), at(2, { terminal: 'exchanged' })], [true, true]],
    ['another district, which is another series', [at(1), at(2, { district: '110101' })], [true, true]],
    ['a clock that became suspect', [at(1), at(2, { clockSuspect: true })], [true, true]],
    ['a clock set back', [at(1), at(2, { at: at(1).at - 1 }), at(3)], [true, true, true]],
    ['no seq', [at(1, { seq: null }), at(2, { seq: null })], [true, true]],
    ['no boot', [at(1, { boot: null }), at(2, { boot: null })], [true, true]],
    [
      'a reading that fell silent, but none that begins to say',
      [at(1), at(2, { sample: { ...SILENT, occupied: true } }), at(3), at(4)],
      [true, false, true, false],
    ],
  ])('says everything after %s', (_, points, expected) => {
    expect(wholes(points)).toEqual(expected);
  });

  it('says everything again after 30 points, and after a minute', () => {
    const many = Array.from({ length: 61 }, (_, seq) => at(seq));
    expect(wholes(many).flatMap((whole, index) => (whole ? [index] : []))).toEqual([0, 30, 60]);
    expect(RUN_MAX_POINTS).toBe(30);
    const slow = [0, 1, 2, 3].map((seq) => at(seq, { at: at(0).at + (seq * RUN_MAX_MS) / 2 }));
    expect(wholes(slow)).toEqual([true, false, true, false]);
  });

  it('lets nothing continue what was not stored', () => {
    const runs = new PointRuns();
    runs.continued(at(1));
    runs.forget('L1');
    expect(wholes([at(2), at(3)], runs)).toEqual([true, false]);
    runs.clear();
    expect(wholes([at(4)], runs)).toEqual([true]);
  });
});

/**
 * InfluxDB's rule in a few words: a point is a lift and a time, and a write adds to its fields or replaces
 * them.
 */
class Stored {
  private readonly rows = new Map<string, Record<string, unknown>>();

  write(points: readonly SeriesPoint[], runs: PointRuns): void {
    const batch = new SampleLines(runs);
    batch.add(points);
    const { lines } = batch;
    for (let index = 0; index < lines.count; index++) {
      const { fields, time } = readLine(lines.slice(index, index + 1).toString());
      this.rows.set(time, { ...this.rows.get(time), ...fields, time });
    }
  }

  inOrder(): Record<string, unknown>[] {
    return [...this.rows.values()].sort((a, b) => (BigInt(`${a.time}`) < BigInt(`${b.time}`) ? -1 : 1));
  }
}

/** Two terminals' messages in the order they were made, mostly a second apart and mostly changing little. */
const made = fc
  .array(
    fc.record({
      own: fc.boolean(),
      gap: fc.constantFrom(0, 0, 0, 0, 1),
      ms: fc.constantFrom(0, 2, 1_000, 1_000, 40_000, -500),
      change: fc.option(fc.constantFrom(...STATE_FIELDS), { freq: 2 }),
      sample,
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    const last = new Map<boolean, SeriesPoint>();
    return steps.map(({ own, gap, ms, change, sample: next }) => {
      const before = last.get(own);
      const seq = (before?.seq ?? 0) + 1 + gap;
      const shown = before?.sample ?? next;
      const given = point('L1', (before?.at ?? point('L1', own ? 0 : 1).at) + ms - point('L1', 0).at, {
        terminal: own ? 't1' : 't2',
        boot: own ? 'b1' : 'b2',
        seq,
        sample: change === null ? shown : { ...shown, [change]: next[change] },
      });
      last.set(own, given);
      return given;
    });
  });

describe('WholeRows', () => {
  it('gives every point its states back, whatever comes late, twice, or again after a failure', () => {
    fc.assert(
      fc.property(
        made,
        fc.array(fc.nat(59), { maxLength: 6 }),
        fc.array(fc.nat(59), { maxLength: 4 }),
        (points, late, failures) => {
          const delayed = points.filter((_, index) => late.includes(index));
          const arriving = [...points.filter((_, index) => !late.includes(index)), ...delayed];
          const stored = new Stored();
          const runs = new PointRuns();
          arriving.forEach((each, index) => {
            stored.write([each], runs);
            if (!failures.includes(index)) return;
            runs.clear();
            stored.write(arriving.slice(Math.max(0, index - 3), index + 1), runs);
          });
          const rows = new WholeRows();
          const read = stored.inOrder().map((row) => rows.whole(row));
          for (const { terminal, seq, sample: said, clockSuspect } of points) {
            const row = read.find((each) => each.terminal === terminal && each.seq === seq) ?? {};
            const states = Object.fromEntries(STATE_FIELDS.map((field) => [field, row[field] ?? null]));
            expect({ ...states, clockSuspect: row.clockSuspect }).toEqual({
              ...Object.fromEntries(STATE_FIELDS.map((field) => [field, said[field]])),
              clockSuspect,
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes a row without the one before it as it stands', () => {
    const row = { terminal: 't1', boot: 'b1', seq: 5, floor: '3', occupied: null };
    expect(new WholeRows().whole(row)).toEqual(row);
  });
});
