import { chaosIngest } from '../chaos/chaos-ingest.js';

const ROUNDS = 8;

describe('SIGKILL at random moments under a flood', () => {
  it(`${ROUNDS} times over edge broker and Mosquitto, DuckDB and InfluxDB: nothing lost, doubled or missed`, async () => {
    const seed = Number(process.env.SEED ?? 11);
    const rounds = await chaosIngest({ rounds: ROUNDS, seed, rate: 5_000, seconds: 5 }, (round) =>
      console.log(JSON.stringify({ seed, ...round })),
    );
    expect(rounds.flatMap(({ round, wrong }) => wrong.map((what) => `round ${round}: ${what}`))).toEqual([]);
    expect(rounds.reduce((sum, { acked }) => sum + acked, 0)).toBeGreaterThan(ROUNDS * 10_000);
    expect(rounds.reduce((sum, { faultsExpected }) => sum + faultsExpected, 0)).toBeGreaterThan(0);
  }, 600_000);
});
