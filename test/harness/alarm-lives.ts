import type { MqttClient } from 'mqtt';
import { AlarmListener } from './alarm-listener.js';
import type { PlatformProcess } from './platform-process.js';
import { connect, NativeVoice, type Registered, register } from './test-terminal.js';

/**
 * What is acknowledged closes when its fault ends: three changes an alarm, and the number of open ones stays.
 */
const STEPS = ['raise', 'acknowledge', 'clear'] as const;
/** Enough that a change every 20 ms need not wait for the last of its lift. */
const TERMINALS = 50;

interface Life {
  readonly terminal: Registered;
  readonly client: MqttClient;
  readonly voice: NativeVoice;
  step: number;
  /** Its last step has been heard of on the stream: the next may follow. */
  ready: boolean;
  alarm: string;
  /** Its last step, under way or done. */
  last: Promise<void>;
}

/** Changes of a run. */
export interface Changes {
  /** Steps that fell due and were taken. */
  readonly made: number;
  /** Steps that fell due while every lift still waited for its last one. */
  readonly skipped: number;
  /** Alarm events heard of on the stream meanwhile. */
  readonly heard: number;
}

/** Lifts whose alarms are raised, acknowledged and ended by turns, so many changes a second. */
export class AlarmLives {
  /** Changes heard of on the stream. */
  private heard = 0;
  private turn = 0;

  private constructor(
    private readonly platform: PlatformProcess,
    private readonly lives: readonly Life[],
    private readonly listener: AlarmListener,
  ) {
    const byLift = new Map(lives.map((life) => [life.terminal.lift, life]));
    listener.onEvent(({ data }) => {
      const alarm = data.alarm as { id: string; lift: string } | undefined;
      const life = byLift.get(alarm?.lift ?? '');
      if (life === undefined || alarm === undefined) return;
      this.heard += 1;
      life.alarm = alarm.id;
      life.ready = true;
    });
  }

  static async begin(platform: PlatformProcess): Promise<AlarmLives> {
    const lives: Life[] = [];
    for (let index = 0; index < TERMINALS; index += 1) {
      const terminal = await register(platform, String(9_001 + index));
      const client = await connect(platform, terminal);
      const voice = new NativeVoice(`boot${index}`);
      lives.push({ terminal, client, voice, step: 0, ready: true, alarm: '', last: Promise.resolve() });
    }
    return new AlarmLives(platform, lives, await AlarmListener.open(platform));
  }

  /** Takes `perSecond` steps a second for `seconds`. */
  async run(seconds: number, perSecond: number): Promise<Changes> {
    const before = this.heard;
    const began = performance.now();
    let [made, skipped] = [0, 0];
    for (let due = 1; performance.now() - began < seconds * 1_000; due += 1) {
      const next = this.lives.findIndex((_, at) => this.lives[(this.turn + at) % TERMINALS]?.ready === true);
      this.turn = (this.turn + Math.max(next, 0)) % TERMINALS;
      const life = this.lives[this.turn];
      if (next >= 0 && life !== undefined) {
        life.last = this.step(life);
        made += 1;
      } else skipped += 1;
      const waitMs = began + (due * 1_000) / perSecond - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    }
    return { made, skipped, heard: this.heard - before };
  }

  async end(): Promise<void> {
    this.listener.close();
    await Promise.all(this.lives.map(({ last }) => last));
    await Promise.all(this.lives.map(({ client }) => client.endAsync()));
  }

  private async step(life: Life): Promise<void> {
    const step = STEPS[life.step % STEPS.length] ?? 'raise';
    life.step += 1;
    life.ready = false;
    if (step === 'acknowledge') {
      await this.platform.api('POST', `/alarms/${life.alarm}/acknowledge`, {});
      return;
    }
    const event = life.voice.event('door-held', step === 'raise' ? 'raised' : 'cleared');
    await life.client.publishAsync(`lift/v1/${life.terminal.id}/event`, JSON.stringify(event), { qos: 1 });
  }
}
