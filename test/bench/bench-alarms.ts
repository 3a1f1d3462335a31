import type { MqttClient } from 'mqtt';
import { AlarmListener } from '../harness/alarm-listener.js';
import { PlatformProcess, until } from '../harness/platform-process.js';
import { connect, NativeVoice, type Registered, register } from '../harness/test-terminal.js';

const TELEMETRY_EVERY_MS = 2_000;
const EVENT_EVERY_MS = 50;
/** The first events meet code that was never run; they are reported apart. */
const COLD_EVENTS = 20;

export interface AlarmBenchOptions {
  /** Terminals connected and sending telemetry, each every 2 s. */
  readonly lifts: number;
  /** Events measured, 20 a second: a raise, then its clear, of one lift after another. */
  readonly events: number;
}

export interface AlarmBenchResult {
  readonly bench: 'alarms';
  readonly lifts: number;
  readonly events: number;
  readonly telemetrySent: number;
  /** The slowest of the first 20 events after the start, ms. */
  readonly coldMaxMs: number;
  /** Publish called by the terminal to the alarm's event read by the client. */
  readonly alarmMs: Readonly<Record<'min' | 'p50' | 'p90' | 'p99' | 'max', number>>;
}

interface Voiced {
  readonly terminal: Registered;
  readonly client: MqttClient;
  readonly voice: NativeVoice;
}

/** From a terminal's event to the live alarm, on the embedded parts. Throws when an alarm does not come. */
export async function benchAlarms(options: AlarmBenchOptions): Promise<AlarmBenchResult> {
  const platform = await PlatformProcess.create();
  try {
    await platform.start();
    const fleet = await connectFleet(platform, options.lifts);
    const stream = await AlarmListener.open(platform);
    const seenAt = new Map<string, number>();
    stream.onEvent(({ type, data, at }) => {
      const { lift } = (data.alarm ?? {}) as { lift?: string };
      if (lift !== undefined) seenAt.set(`${lift} ${type}`, at);
    });
    let telemetrySent = 0;
    const timer = setInterval(() => {
      const each = fleet[telemetrySent++ % fleet.length];
      each?.client.publish(`lift/v1/${each.terminal.id}/telemetry`, JSON.stringify(each.voice.telemetry()), {
        qos: 1,
      });
    }, TELEMETRY_EVERY_MS / fleet.length);
    const tookMs = await measure(fleet, options.events, seenAt);
    clearInterval(timer);
    stream.close();
    await Promise.all(fleet.map(({ client }) => client.endAsync()));
    return {
      bench: 'alarms',
      ...options,
      telemetrySent,
      coldMaxMs: distribution(tookMs.slice(0, COLD_EVENTS)).max,
      alarmMs: distribution(tookMs.slice(COLD_EVENTS)),
    };
  } finally {
    await platform.dispose();
  }
}

async function connectFleet(platform: PlatformProcess, lifts: number): Promise<Voiced[]> {
  const fleet: Voiced[] = [];
  for (let index = 0; index < lifts; index++) {
    const terminal = await register(platform, String(1_000 + index));
    fleet.push({
      terminal,
      client: await connect(platform, terminal),
      voice: new NativeVoice(`boot${index}`),
    });
  }
  return fleet;
}

async function measure(
  fleet: readonly Voiced[],
  events: number,
  seenAt: ReadonlyMap<string, number>,
): Promise<number[]> {
  const sent: { readonly key: string; readonly at: number }[] = [];
  for (let n = 0; n < events; n++) {
    const round = Math.floor(n / fleet.length);
    const each = fleet[n % fleet.length];
    if (!each) break;
    const state = round % 2 === 0 ? 'raised' : 'cleared';
    if (round > 1) throw new RangeError(`events is ${events}: at most two a lift can be told apart`);
    const payload = JSON.stringify(each.voice.event('overspeed', state));
    const at = performance.now();
    each.client.publish(`lift/v1/${each.terminal.id}/event`, payload, { qos: 1 });
    sent.push({ key: `${each.terminal.lift} alarm.${state}`, at });
    await new Promise((resolve) => setTimeout(resolve, EVENT_EVERY_MS));
  }
  await until('every alarm', () => sent.every(({ key }) => seenAt.has(key)));
  return sent.map(({ key, at }) => (seenAt.get(key) ?? Number.NaN) - at);
}

function distribution(values: readonly number[]): AlarmBenchResult['alarmMs'] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(
      (sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN) * 10,
    ) / 10;
  return { min: at(1 / sorted.length), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
