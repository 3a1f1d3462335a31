import type { MqttClient } from 'mqtt';
import { AlarmListener } from '../harness/alarm-listener.js';
import { type PlatformProcess, until } from '../harness/platform-process.js';
import { connect, NativeVoice, type Registered } from '../harness/test-terminal.js';

const EVERY_MS = 1_000;
/** How long the last alarm is waited for. */
const LAST_MS = 30_000;
/** Critical, and reported: it is an alarm at once. */
const CODE = 'overspeed';

/** Lifts that are needed to send an event a second for so long: each tells one raise and one clear apart. */
export function probesFor(seconds: number): number {
  return Math.ceil(seconds / 2) + 2;
}

/**
 * Sends one event a second through the whole path, from a terminal's publish to the alarm stream, while the
 * platform is busy with other things.
 */
export class AlarmProbe {
  private readonly sentAt = new Map<string, number>();
  private readonly seenAt = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;
  private sent = 0;

  private constructor(
    private readonly lifts: readonly { terminal: Registered; client: MqttClient; voice: NativeVoice }[],
    private readonly stream: AlarmListener,
  ) {
    stream.onEvent(({ type, data, at }) => {
      const { lift } = (data.alarm ?? {}) as { lift?: string };
      const key = `${lift} ${type}`;
      if (lift !== undefined && !this.seenAt.has(key)) this.seenAt.set(key, at);
    });
  }

  static async connect(platform: PlatformProcess, terminals: readonly Registered[]): Promise<AlarmProbe> {
    const stream = await AlarmListener.open(platform);
    const lifts: { terminal: Registered; client: MqttClient; voice: NativeVoice }[] = [];
    for (const terminal of terminals) {
      const client = await connect(platform, terminal, { keepalive: 30 });
      lifts.push({ terminal, client, voice: new NativeVoice('probe') });
    }
    return new AlarmProbe(lifts, stream);
  }

  start(): void {
    this.timer ??= setInterval(() => this.send(), EVERY_MS);
  }

  /** Milliseconds of each event that was sent. Throws when one never became an alarm. */
  async finish(): Promise<number[]> {
    this.pause();
    try {
      const late = () => [...this.sentAt.keys()].filter((key) => !this.seenAt.has(key));
      await until(`the alarms of ${late().join(', ')}`, () => late().length === 0, LAST_MS);
      return [...this.sentAt].map(([key, at]) => (this.seenAt.get(key) ?? Number.NaN) - at);
    } finally {
      this.stream.close();
      for (const { client } of this.lifts) client.end(true);
    }
  }

  pause(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  /** Every lift's raise, then every lift's clear. */
  private send(): void {
    const round = Math.floor(this.sent / this.lifts.length);
    const lift = this.lifts[this.sent % this.lifts.length];
    if (!lift || round > 1) return;
    this.sent += 1;
    const { terminal, client, voice } = lift;
    const state = round === 0 ? 'raised' : 'cleared';
    this.sentAt.set(`${terminal.lift} alarm.${state}`, performance.now());
    client.publish(`lift/v1/${terminal.id}/event`, JSON.stringify(voice.event(CODE, state)), { qos: 1 });
  }
}
