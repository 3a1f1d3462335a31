import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { nativeTopic } from '#protocol';
import type { Rng } from '../random.js';
import type { Firmware, FirmwareMessage } from './firmware.js';
import { Outbox, type OutboxEntry } from './outbox.js';

export interface SessionOptions {
  readonly url: string;
  readonly terminalId: string;
  readonly secret: string;
  readonly firmware: Firmware;
  /** The terminal's clock. */
  readonly now: () => number;
  readonly rng: Rng;
  readonly outbox?: Outbox;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;
/** A broker that takes messages and acknowledges none for this long is left and tried again. */
const SILENCE_MAX_MS = 30_000;
const KEEPALIVE_S = 30;

/**
 * A terminal's MQTT side: connect, say who is there, empty the outbox with a window of unacknowledged
 * messages, come back when the line drops. Each attempt is a fresh mqtt.js client with `reconnectPeriod: 0`:
 * its own replay may drop QoS 1 messages (mqtt.js #2015), and our outbox already knows what was not
 * acknowledged.
 */
export class Session {
  sent = 0;
  acked = 0;
  /** Why the last attempt failed; null while connected. */
  lastError: string | null = null;
  readonly outbox: Outbox;
  private client: MqttClient | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private silenceTimer: NodeJS.Timeout | null = null;
  private retryMs = RETRY_FIRST_MS;
  private up = false;
  private wanted = false;

  constructor(private readonly options: SessionOptions) {
    this.outbox = options.outbox ?? new Outbox();
  }

  get connected(): boolean {
    return this.up;
  }

  get terminalId(): string {
    return this.options.terminalId;
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  publish(messages: readonly FirmwareMessage[]): void {
    for (const message of messages) this.outbox.add(message);
    this.pump();
  }

  /** The line goes without a goodbye, so the broker publishes the will; `start` brings it back. */
  cut(): void {
    this.wanted = false;
    this.stopTimers();
    const { client } = this;
    this.lost();
    client?.stream.destroy();
    client?.end(true);
  }

  /** Waits at most `graceMs` for acknowledgements, says offline and disconnects. */
  async stop(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    while (this.up && this.pendingCount() > 0 && performance.now() < deadline) {
      await sleep(25);
    }
    this.wanted = false;
    this.stopTimers();
    const { client } = this;
    if (!client) return;
    if (this.up) await withinMs(this.announce(client, false), Math.max(200, deadline - performance.now()));
    this.lost();
    // With a goodbye (DISCONNECT): else the broker would publish the will after our own word.
    await withinMs(client.endAsync(false), 1000);
    client.end(true);
  }

  private pendingCount(): number {
    return this.outbox.inFlightCount + this.outbox.queuedCount;
  }

  private connect(): void {
    this.retryTimer = null;
    const { url, terminalId, secret, firmware } = this.options;
    const client = mqtt.connect(url, {
      clientId: terminalId,
      username: terminalId,
      password: secret,
      clean: true,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      queueQoSZero: false,
      will: {
        topic: nativeTopic(terminalId, 'status'),
        payload: Buffer.from(JSON.stringify(firmware.will())),
        qos: 1,
        retain: true,
      },
    });
    this.client = client;
    client.on('connect', () => this.onConnect(client));
    client.on('error', (error) => {
      if (this.client === client) this.lastError = error.message || error.name;
    });
    client.on('close', () => this.onClose(client));
  }

  private onConnect(client: MqttClient): void {
    if (this.client !== client || !this.wanted) return;
    this.up = true;
    this.lastError = null;
    this.retryMs = RETRY_FIRST_MS;
    // Nothing waits for it: a refusal closes the connection, which is seen below.
    this.announce(client, true).catch(() => undefined);
    this.outbox.connected();
    this.outbox.add(this.options.firmware.snapshot(this.options.now()));
    this.pump();
  }

  private onClose(client: MqttClient): void {
    if (this.client !== client) return;
    this.lastError ??= this.up ? 'the broker closed the connection' : 'no connection';
    this.lost();
    client.end(true);
    if (!this.wanted) return;
    const waitMs = this.retryMs * (0.5 + this.options.rng.next());
    this.retryMs = Math.min(RETRY_MAX_MS, this.retryMs * 2);
    this.retryTimer = setTimeout(() => this.connect(), waitMs);
  }

  private lost(): void {
    this.client = null;
    this.up = false;
    if (this.silenceTimer) clearTimeout(this.silenceTimer);
    this.silenceTimer = null;
    this.outbox.disconnected();
  }

  private async announce(client: MqttClient, online: boolean): Promise<void> {
    const { terminalId, firmware, now } = this.options;
    const payload = JSON.stringify(firmware.status(now(), online));
    this.sent++;
    await client.publishAsync(nativeTopic(terminalId, 'status'), payload, { qos: 1, retain: true });
    this.acked++;
  }

  private pump(): void {
    const { client } = this;
    if (!client || !this.up) return;
    for (let next = this.outbox.take(); next; next = this.outbox.take()) {
      const { entry, bytes } = next;
      const topic = nativeTopic(this.options.terminalId, entry.message.name);
      this.sent++;
      client.publish(topic, bytes, { qos: 1 }, (error) => {
        if (!error && this.client === client) this.onAcknowledged(entry);
      });
    }
    if (!this.silenceTimer && this.outbox.inFlightCount > 0) this.watchSilence(client);
  }

  private onAcknowledged(entry: OutboxEntry): void {
    this.acked++;
    this.outbox.acknowledged(entry);
    if (this.silenceTimer && this.outbox.inFlightCount === 0) {
      clearTimeout(this.silenceTimer);
      this.silenceTimer = null;
    } else {
      this.silenceTimer?.refresh();
    }
    this.pump();
  }

  private watchSilence(client: MqttClient): void {
    this.silenceTimer = setTimeout(() => {
      if (this.client !== client) return;
      this.lastError = `no acknowledgement within ${SILENCE_MAX_MS / 1000} s`;
      client.stream.destroy();
    }, SILENCE_MAX_MS);
  }

  private stopTimers(): void {
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }
}

/** Waits for `work`, whatever becomes of it, but not longer than `limitMs`. */
async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  const limit = new AbortController();
  const settled = work.catch(() => undefined);
  await Promise.race([settled, sleep(limitMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
  limit.abort();
}
