import { join } from 'node:path';
import { DuckDbSeriesStore } from '#series';
import { AlarmListener } from '../harness/alarm-listener.js';
import { PlatformProcess, until } from '../harness/platform-process.js';
import { RealEngines } from '../harness/real-engines.js';
import { STEP_MS, scriptedLife } from '../harness/scripted-life.js';
import { SteadySender } from '../harness/steady-sender.js';
import { connect, NativeVoice, type Registered, register } from '../harness/test-terminal.js';

const TERMINALS = 8;
const MESSAGES = 600;
const OUTAGE_MS = Number(process.env.OUTAGE_SECONDS ?? 60) * 1_000;
const SERIALS = [...Array(TERMINALS).keys()].map((index) => String(7_000 + index));

interface Item {
  readonly lift: string;
  readonly kind: string;
  readonly state: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

interface Quarantined {
  readonly terminal: string;
  readonly lift: string;
  readonly topic: string;
  readonly detail: string;
  readonly preview: string;
}

interface Outcome {
  readonly faults: readonly string[];
  readonly alarms: readonly string[];
}

function line({ lift, kind, state, raisedAt, clearedAt }: Item): string {
  return `${lift} ${kind} ${state} ${raisedAt} ${clearedAt ?? '-'}`;
}

async function caughtUp(platform: PlatformProcess): Promise<boolean> {
  const readers = await platform.metric('liftwarden_journal_reader_lag_entries');
  const consumers = await platform.metric('liftwarden_event_consumer_lag');
  return readers === 0 && consumers === 0;
}

async function outcome(platform: PlatformProcess): Promise<Outcome> {
  await until('every reader and consumer to catch up', () => caughtUp(platform), 60_000);
  return {
    faults: (await platform.list<Item>('/faults')).map(line).sort(),
    alarms: (await platform.list<Item>('/alarms')).map(line).sort(),
  };
}

/** Sends every terminal's life; resolves with how many messages were acknowledged. */
async function live(
  platform: PlatformProcess,
  terminals: readonly Registered[],
  startAt: number,
  messageCount = MESSAGES,
): Promise<number> {
  const senders = terminals.map(
    (terminal, index) => new SteadySender(platform, terminal, scriptedLife(index, startAt, messageCount)),
  );
  await Promise.all(senders.map((sender) => sender.run()));
  return senders.reduce((sum, sender) => sum + sender.acknowledged, 0);
}

function never(): never {
  throw new Error('no terminal');
}

async function samplesOf(engines: RealEngines, boot: string): Promise<number> {
  const answer = (await engines.influx.query(
    `SELECT count(terminal) FROM lift_sample WHERE boot = '${boot}'`,
    'liftwarden',
  )) as { results: { series?: { values: [string, number][] }[] }[] };
  return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

async function count(engines: RealEngines, measurement: string): Promise<number> {
  const answer = (await engines.influx.query(
    `SELECT count(${measurement === 'lift_fault' ? 'id' : 'terminal'}) FROM ${measurement}`,
    'liftwarden',
  )) as { results: { series?: { values: [string, number][] }[] }[] };
  return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

const samplesIn = (terminalCount: number, messageCount: number, startAt: number) =>
  [...Array(terminalCount).keys()].reduce(
    (sum, index) =>
      sum + scriptedLife(index, startAt, messageCount).filter(({ name }) => name === 'telemetry').length,
    0,
  );

describe('on InfluxDB, PostgreSQL and Mosquitto', () => {
  let engines: RealEngines;
  let terminals: Registered[];
  /** Speaks alone while the others send. */
  let spare: Registered | undefined;
  const startAt = Math.floor(Date.now() / STEP_MS) * STEP_MS - MESSAGES * STEP_MS;
  let sampleCount = 0;

  beforeAll(async () => {
    engines = await RealEngines.start();
    [spare, ...terminals] = await engines.register(['7900', ...SERIALS]);
  }, 120_000);
  afterAll(() => engines.dispose(), 60_000);

  it('the same messages leave the same faults and alarms as on the embedded parts, and every sample is a point', async () => {
    const embedded = await PlatformProcess.create();
    try {
      await embedded.start();
      const twins: Registered[] = [];
      for (const serial of SERIALS) twins.push(await register(embedded, serial));
      const [sent, sentEmbedded] = await Promise.all([
        live(engines.platform, terminals, startAt),
        live(embedded, twins, startAt),
      ]);
      expect(sent).toBe(sentEmbedded);
      sampleCount = samplesIn(TERMINALS, MESSAGES, startAt);
      await until('every sample', async () => (await count(engines, 'lift_sample')) === sampleCount, 60_000);
      const expected = await outcome(embedded);
      expect(expected.faults.length).toBeGreaterThan(TERMINALS * 2 * 4);
      expect(await outcome(engines.platform)).toEqual(expected);
      expect(await count(engines, 'lift_fault')).toBe(expected.faults.length);
      await embedded.stop();
      const store = new DuckDbSeriesStore({ file: join(embedded.dataDir, 'series', 'series.duckdb') });
      await store.open();
      expect(await store.count()).toBe(sampleCount);
      await store.close();
    } finally {
      await embedded.dispose();
    }
  }, 180_000);

  it(
    'InfluxDB stopped, then 503, 400 and partial writes: nothing missing, and alarms go on',
    async () => {
      const later = startAt + MESSAGES * STEP_MS;
      await engines.influx.stop();
      const stopped = Date.now();
      const sending = live(engines.platform, terminals, later, 200);
      await raiseAndSee(engines.platform, spare, 'overspeed');
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, OUTAGE_MS - (Date.now() - stopped))));
      engines.proxy.spoil('unavailable', 3);
      engines.proxy.spoil('refused', 2);
      engines.proxy.spoil('partial', 2);
      await engines.influx.start();
      await sending;
      sampleCount += samplesIn(TERMINALS, 200, later);
      await until('every sample', async () => (await count(engines, 'lift_sample')) === sampleCount, 90_000);
      expect(engines.proxy.spoiled).toEqual({ unavailable: 3, refused: 2, partial: 2 });
      await until('every reader to catch up', () => caughtUp(engines.platform), 60_000);
    },
    OUTAGE_MS + 240_000,
  );

  it(
    'PostgreSQL stopped: a critical alarm is live at once, marked, and recorded when it is back',
    async () => {
      await engines.postgres.stop();
      const stopped = Date.now();
      const unrecorded = await raiseAndSee(engines.platform, spare, 'overtravel-top');
      expect(unrecorded).toMatchObject({ recorded: false, version: 0, lift: spare?.lift });
      const later = startAt + (MESSAGES + 200) * STEP_MS;
      const sending = live(engines.platform, terminals, later, 100);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, OUTAGE_MS - (Date.now() - stopped))));
      await engines.postgres.resume();
      await sending;
      sampleCount += samplesIn(TERMINALS, 100, later);
      await until('every sample', async () => (await count(engines, 'lift_sample')) === sampleCount, 60_000);
      await until('every reader to catch up', () => caughtUp(engines.platform), 60_000);
      const alarms = await until('the recorded alarm', async () => {
        const found = await engines.platform.list<{ id: string; recorded: boolean }>(
          '/alarms?kind=overtravel-top',
        );
        return found.length > 0 && found;
      });
      expect(alarms).toMatchObject([{ id: unrecorded.id, recorded: true }]);
      const faults = await engines.platform.list('/faults');
      await until('every fault', async () => (await count(engines, 'lift_fault')) === faults.length, 30_000);
    },
    OUTAGE_MS + 200_000,
  );

  it('a point that InfluxDB will never take is in the quarantine with its message, and stops nothing', async () => {
    const id = spare?.id ?? '';
    // Someone else wrote texts where we write numbers.
    const now = Date.now();
    await engines.influx.write('liftwarden', `lift_sample,lift=X vibration="strong" ${now}000000`);
    const client = await connect(engines.platform, spare ?? never());
    const voice = new NativeVoice('refused');
    for (const vibration of [null, 0.5, null]) {
      const body = voice.telemetry({ at: now, ...(vibration === null ? {} : { vibration }) });
      await client.publishAsync(`lift/v1/${id}/telemetry`, JSON.stringify(body), { qos: 1 });
    }
    await client.endAsync();
    sampleCount += 2;
    const [kept] = await until('the message in quarantine', async () => {
      const found = await engines.platform.list<Quarantined>('/quarantine?reason=series-refused');
      return found.length > 0 && found;
    });
    expect(kept).toMatchObject({ terminal: id, lift: spare?.lift, topic: `lift/v1/${id}/telemetry` });
    expect(kept?.detail).toMatch(/field type conflict.*vibration/);
    expect(JSON.parse(kept?.preview ?? '')).toMatchObject({ boot: 'refused', vibration: 0.5 });
    await until('every reader to catch up', () => caughtUp(engines.platform), 60_000);
    await until('both good samples', async () => (await samplesOf(engines, 'refused')) === 2);
    expect(await engines.platform.metric('liftwarden_series_points_refused_total')).toBe(1);
  }, 60_000);

  it('Mosquitto restarted under load: nothing acknowledged is missing or doubled', async () => {
    const later = startAt + (MESSAGES + 300) * STEP_MS;
    const sending = live(engines.platform, terminals, later, 400);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await engines.mosquitto.stop();
    await engines.mosquitto.startAgain();
    await raiseAndSee(engines.platform, spare, 'overtravel-bottom');
    expect(await sending).toBe(TERMINALS * 400);
    sampleCount += samplesIn(TERMINALS, 400, later);
    await until('every sample', async () => (await count(engines, 'lift_sample')) === sampleCount, 60_000);
    await until('every reader to catch up', () => caughtUp(engines.platform), 60_000);
  }, 180_000);
});

/** A terminal reports `kind`; resolves when its alarm is on the live stream. */
async function raiseAndSee(
  platform: PlatformProcess,
  terminal: Registered | undefined,
  kind: string,
): Promise<Record<string, unknown>> {
  if (!terminal) throw new Error('no terminal');
  const stream = await AlarmListener.open(platform);
  try {
    await until('the stream', () => stream.events.some(({ type }) => type === 'hello'));
    const client = await connect(platform, terminal);
    const event = new NativeVoice(`live-${kind}`).event(kind, 'raised');
    await client.publishAsync(`lift/v1/${terminal.id}/event`, JSON.stringify(event), { qos: 1 });
    const seen = await until(`the alarm of ${kind}`, () =>
      stream.events.find(
        ({ type, data }) => type === 'alarm.raised' && (data.alarm as { kind: string }).kind === kind,
      ),
    );
    await client.endAsync();
    return seen.data.alarm as Record<string, unknown>;
  } finally {
    stream.close();
  }
}
