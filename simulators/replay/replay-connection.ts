import mqtt, { type MqttClient } from 'mqtt';

export type PublishOutcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

const ANSWER_MS = 30_000;

/** One terminal's connection for a replay: publishes one message at a time and says what became of it. */
export class ReplayConnection {
  private client: MqttClient | null = null;

  constructor(
    private readonly url: string,
    private readonly terminalId: string,
    private readonly secret: string,
  ) {}

  /**
   * Connects when needed (a broker cuts off whom it refuses), publishes with QoS 1 and waits for the PUBACK.
   */
  async publish(topic: string, payload: string): Promise<PublishOutcome> {
    const connected = await this.connect();
    if (typeof connected === 'string') return { ok: false, why: connected };
    return new Promise((resolve) => {
      const finish = (outcome: PublishOutcome) => {
        clearTimeout(timer);
        connected.off('close', closed);
        if (!outcome.ok) this.drop(connected);
        resolve(outcome);
      };
      const closed = () => finish({ ok: false, why: 'the broker closed the connection' });
      const timer = setTimeout(
        () => finish({ ok: false, why: `no acknowledgement within ${ANSWER_MS / 1000} s` }),
        ANSWER_MS,
      );
      connected.once('close', closed);
      connected.publish(topic, payload, { qos: 1 }, (error) => {
        finish(error ? { ok: false, why: error.message } : { ok: true });
      });
    });
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    if (client) await client.endAsync();
  }

  private drop(client: MqttClient): void {
    if (this.client === client) this.client = null;
    client.end(true);
  }

  private connect(): Promise<MqttClient | string> {
    if (this.client?.connected) return Promise.resolve(this.client);
    return new Promise((resolve) => {
      const client = mqtt.connect(this.url, {
        clientId: this.terminalId,
        username: this.terminalId,
        password: this.secret,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: ANSWER_MS,
      });
      let why = 'the broker did not answer';
      client.on('error', (error) => {
        why = error.message || error.name;
      });
      const closed = () => {
        client.end(true);
        resolve(why);
      };
      client.once('close', closed);
      client.once('connect', () => {
        client.off('close', closed);
        this.client = client;
        resolve(client);
      });
    });
  }
}
