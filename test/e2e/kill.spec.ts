import { join } from 'node:path';
import { DuckDbSeriesStore } from '#series';
import { PlatformProcess, until } from '../harness/platform-process.js';
import { STEP_MS, scriptedLife } from '../harness/scripted-life.js';
import { SteadySender } from '../harness/steady-sender.js';
import { type Registered, register } from '../harness/test-terminal.js';

/** Two in the gate, for its three minutes; `npm run test:services` kills ten times. */
const KILLS = Number(process.env.KILLS ?? 2);
const TERMINALS = 8;
const MESSAGES = 900;

interface Item {
  readonly lift: string;
  readonly kind: string;
  readonly state: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

/** Small and seeded: the moments of the kills. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Outcome {
  readonly acknowledged: number;
  readonly faults: readonly string[];
  readonly alarms: readonly string[];
  readonly stored: readonly {
    readonly terminal: string;
    readonly points: number;
    readonly distinctSeqs: number;
  }[];
}

async function live(kills: number, seed: number, startAt: number): Promise<Outcome> {
  const platform = await PlatformProcess.create();
  try {
    await platform.start();
    const terminals: Registered[] = [];
    for (let index = 0; index < TERMINALS; index++)
      terminals.push(await register(platform, String(5000 + index)));
    const senders = terminals.map(
      (terminal, index) => new SteadySender(platform, terminal, scriptedLife(index, startAt, MESSAGES)),
    );
    const acknowledged = () => senders.reduce((sum, sender) => sum + sender.acknowledged, 0);
    const running = Promise.all(senders.map((sender) => sender.run()));
    const random = seeded(seed);
    const total = TERMINALS * MESSAGES;
    for (let kill = 0; kill < kills; kill++) {
      const mark = Math.floor((total * (kill + random())) / kills);
      await until('the next kill', () => acknowledged() >= Math.min(mark, total - 1), 60_000);
      await platform.kill();
      await platform.start();
    }
    await running;
    await until(
      'the readers to catch up',
      async () => (await platform.metric('liftwarden_journal_reader_lag_entries')) === 0,
      60_000,
    );
    await until(
      'the monitor to catch up',
      async () => (await platform.metric('liftwarden_event_consumer_lag')) === 0,
      60_000,
    );
    const faults = (await platform.list<Item>('/faults')).map(line).sort();
    const alarms = (await platform.list<Item>('/alarms')).map(line).sort();
    await platform.stop();
    return { acknowledged: acknowledged(), faults, alarms, stored: await storedCounts(platform) };
  } finally {
    await platform.dispose();
  }
}

/** Without the terminals' moment of arrival and ids: what happened, to which lift, when by its own clock. */
function line({ lift, kind, state, raisedAt, clearedAt }: Item): string {
  return `${lift} ${kind} ${state} ${raisedAt} ${clearedAt ?? '-'}`;
}

async function storedCounts(platform: PlatformProcess): Promise<Outcome['stored']> {
  const store = new DuckDbSeriesStore({ file: join(platform.dataDir, 'series', 'series.duckdb') });
  await store.open();
  try {
    return await store.verifyCounts();
  } finally {
    await store.close();
  }
}

describe('SIGKILL under load', () => {
  it(`${KILLS} times: nothing acknowledged missing or doubled, faults and alarms as undisturbed`, async () => {
    const seed = Number(process.env.SEED ?? 7);
    const startAt = Math.floor(Date.now() / STEP_MS) * STEP_MS - MESSAGES * STEP_MS;
    const [killed, undisturbed] = await Promise.all([live(KILLS, seed, startAt), live(0, seed, startAt)]);
    const samples = (counts: Outcome['stored']) => counts.reduce((sum, { points }) => sum + points, 0);
    console.log(
      JSON.stringify({
        seed,
        kills: KILLS,
        acknowledged: killed.acknowledged,
        storedSamples: samples(killed.stored),
        faults: killed.faults.length,
        alarms: killed.alarms.length,
      }),
    );
    expect(killed.acknowledged).toBe(TERMINALS * MESSAGES);
    expect(killed.stored.filter(({ points, distinctSeqs }) => points !== distinctSeqs)).toEqual([]);
    expect(killed.stored).toEqual(undisturbed.stored);
    expect(undisturbed.faults.length).toBeGreaterThanOrEqual(TERMINALS * 2 * 5);
    expect(killed.faults).toEqual(undisturbed.faults);
    expect(killed.alarms).toEqual(undisturbed.alarms);
  }, 400_000);
});
