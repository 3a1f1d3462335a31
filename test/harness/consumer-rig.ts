import { type InboundMessage, MQTT_BATCH, type ShardConsumerOptions, ShardConsumerStrategy } from '#mqtt';
import { Metrics, SystemClock } from '#runtime';
import { until } from './platform-process.js';

/** A consumer whose handler keeps what it got, and can be held or made to fail. */
export class ConsumerRig {
  readonly messages: InboundMessage[] = [];
  readonly metrics = new Metrics();
  readonly strategy: ShardConsumerStrategy;
  batches = 0;
  /** Set: every batch fails with it. */
  failure: Error | null = null;
  private held: { readonly promise: Promise<void>; readonly release: () => void } | null = null;

  constructor(options: Omit<ShardConsumerOptions, 'clock' | 'metrics'>) {
    this.strategy = new ShardConsumerStrategy({
      clock: new SystemClock(),
      metrics: this.metrics,
      ...options,
    });
    this.strategy.addHandler(
      MQTT_BATCH,
      (messages: readonly InboundMessage[]) => this.handle(messages),
      true,
    );
  }

  /** Listens and waits until it has subscribed. */
  static async start(options: Omit<ShardConsumerOptions, 'clock' | 'metrics'>): Promise<ConsumerRig> {
    const rig = new ConsumerRig(options);
    await rig.listen();
    return rig;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.strategy.listen((error) => (error ? reject(error) : resolve()));
    });
    await this.ready();
  }

  async ready(): Promise<void> {
    let why: string | null = null;
    await until('the consumer to subscribe', () => {
      why = this.strategy.notReady;
      return why === null;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says: ${why}`);
    });
  }

  /** Payloads in order of arrival, as text. */
  get texts(): readonly string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString());
  }

  /** The handler's promise stays open until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    const promise = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = { promise, release };
    this.held = held;
    return () => {
      if (this.held === held) this.held = null;
      release();
    };
  }

  /** Sum over the labels that match. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const metric = this.metrics.registry.getSingleMetric(`liftwarden_mqtt_shard_${name}`);
    const values = (await metric?.get())?.values ?? [];
    return values
      .filter((value) => Object.entries(labels).every(([key, wanted]) => value.labels[key] === wanted))
      .reduce((sum, value) => sum + value.value, 0);
  }

  /** Ends the connection as a killed process does: no DISCONNECT, nothing acknowledged, no reconnect. */
  async kill(): Promise<void> {
    const session = this.strategy.unwrap<{ end(reason: 'network', detail: string): void }>();
    this.strategy.close().catch(() => undefined);
    session.end('network', 'killed by the test');
    this.held?.release();
    await this.strategy.close();
  }

  async close(): Promise<void> {
    this.held?.release();
    this.held = null;
    await this.strategy.close();
  }

  private async handle(messages: readonly InboundMessage[]): Promise<void> {
    this.batches += 1;
    this.messages.push(...messages);
    await this.held?.promise;
    if (this.failure !== null) throw this.failure;
  }
}
