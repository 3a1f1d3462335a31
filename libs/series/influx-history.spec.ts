import type { SendOptions, Transport } from '@influxdata/influxdb-client';
import { SystemClock } from '#runtime';
import { InfluxHistory } from './influx-history.js';
import { InfluxHttp, type InfluxVersion } from './influx-http.js';
import { BASE } from './series-points.fixture.js';

const { signal } = new AbortController();
const L1 = { lift: "L'1", from: BASE, to: BASE + 1_000 };
const OF_L1 = `"lift" = 'L\\'1'`;
const SECOND = `time >= '2023-11-14T22:13:20.000Z' AND time < '2023-11-14T22:13:21.000Z'`;

/** Answers every query with the same rows; keeps what it was asked. */
function historyOn(
  version: InfluxVersion,
  columns: readonly string[],
  values: readonly (readonly unknown[])[],
) {
  const asked: { query: Record<string, string>; authorization: unknown }[] = [];
  const request = async (path: string, _body: unknown, { method, headers }: SendOptions) => {
    const url = new URL(path, 'http://fake');
    expect([method, url.pathname]).toEqual(['GET', '/query']);
    asked.push({ query: Object.fromEntries(url.searchParams), authorization: headers?.authorization });
    return { results: [{ statement_id: 0, series: [{ name: 'lift_sample', columns, values }] }] };
  };
  const target = { url: 'http://influx:8086', version, token: 't0', bucket: 'lift data' };
  const http = new InfluxHttp(target, new SystemClock(), { request } as unknown as Transport);
  return { history: new InfluxHistory(() => http), asked };
}

/** What 1.x answers is in test/services; the other generations are asked the same, by their documentation. */
describe('InfluxHistory', () => {
  it.each([
    [2, 'Token t0'],
    [3, 'Bearer t0'],
  ] as const)(
    'asks %d.x for buckets by /query, and leaves out those without a value',
    async (version, authorization) => {
      const { history, asked } = historyOn(
        version,
        ['time', 'low', 'mean', 'high', 'readings'],
        [
          [BASE, 1, 1.5, 2, 2],
          [BASE + 500, null, null, null, 0],
        ],
      );
      expect(await history.buckets({ ...L1, field: 'speed', bucketMs: 500 }, signal)).toEqual([
        { at: BASE, min: 1, mean: 1.5, max: 2, count: 2 },
      ]);
      const q =
        'SELECT min("speed") AS "low", mean("speed") AS "mean", max("speed") AS "high", ' +
        `count("speed") AS "readings" FROM "lift_sample" WHERE ${OF_L1} AND ${SECOND} GROUP BY time(500ms) fill(none)`;
      expect(asked).toEqual([{ query: { db: 'lift data', epoch: 'ms', q }, authorization }]);
    },
  );

  it('asks for changes with what completes the first of them, and tells unknown from unchanged', async () => {
    const at = (ms: number) => new Date(BASE + ms).toISOString().replace('Z', '000001Z');
    const { history, asked } = historyOn(
      2,
      ['time', 'terminal', 'boot', 'seq', 'clockSuspect', 'occupied'],
      [
        [at(-2), 't', 'b', 1, false, true],
        [at(-1), 't', 'b', 2, null, false],
        [at(0), 't', 'b', 3, null, true],
        [at(1), 't', 'b', 4, null, null],
        [at(2), 't', 'b', 5, false, null],
        [at(3), 't', 'b', 6, null, false],
      ],
    );
    const query = { ...L1, field: 'occupied', changesMax: 9, pointsMax: 9 } as const;
    const changes = [
      { at: BASE, value: true },
      { at: BASE + 2, value: null },
      { at: BASE + 3, value: false },
    ];
    expect(await history.changes(query, signal)).toEqual({ changes, restFrom: null });
    const later = await history.changes({ ...query, from: BASE + 1 }, signal);
    expect(later.changes).toEqual([{ at: BASE + 1, value: true }, ...changes.slice(1)]);
    expect(asked[0]?.query.q).toBe(
      `SELECT "terminal", "boot", "seq", "clockSuspect", "occupied" FROM "lift_sample" WHERE ${OF_L1} AND ` +
        `time >= '2023-11-14T22:12:20.000Z' AND time < '2023-11-14T22:13:21.000Z' ORDER BY time ASC LIMIT 10000`,
    );
  });

  it('asks nothing about a lift that no point can have', async () => {
    const { history, asked } = historyOn(2, [], []);
    const lift = 'new\nline';
    expect(await history.buckets({ ...L1, lift, field: 'speed', bucketMs: 500 }, signal)).toEqual([]);
    expect(await history.sources({ lift, from: null, rangesMax: 5 }, signal)).toEqual({
      ok: true,
      sources: [],
    });
    expect(asked).toEqual([]);
  });

  it('counts a source without seqs as a range, so that there is a bound', async () => {
    const rows = Array.from({ length: 6 }, (_, boot) => [
      `2023-11-14T22:13:2${boot}Z`,
      't',
      `b${boot}`,
      null,
    ]);
    const { history } = historyOn(2, ['time', 'terminal', 'boot', 'seq'], rows);
    expect(await history.sources({ lift: 'L1', from: BASE, rangesMax: 5 }, signal)).toEqual({
      ok: false,
      reason: 'too-many-ranges',
    });
    const six = await history.sources({ lift: 'L1', from: BASE, rangesMax: 6 }, signal);
    expect(six).toMatchObject({
      ok: true,
      sources: { length: 6, 0: { terminal: 't', boot: 'b0', points: 1, seqs: [] } },
    });
  });
});
