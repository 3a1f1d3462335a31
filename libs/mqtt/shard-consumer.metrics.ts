import type { Metrics } from '#runtime';
import type { BatchOutcome } from './batch-intake.js';
import type { IntakeBounds } from './intake-bounds.js';
import type { ResolvedShardOptions } from './shard-consumer.options.js';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The consumer's metrics: is it connected, what came and went, and how near each bound is. */
export class ShardConsumerMetrics {
  readonly connected;
  readonly received;
  readonly redelivered;
  readonly repeated;
  readonly acknowledged;
  readonly connectionsEnded;
  readonly subscriptionsRefused;
  readonly packetsCut;
  readonly readingPaused;
  readonly brokerDropped;
  readonly downlinkUnderWay;
  readonly downlinkEnded;
  readonly ordersHeard;
  private readonly batchesFailed;
  private readonly inFlightMessages;
  private readonly inFlightBytes;
  private readonly acknowledgeSeconds;
  private readonly batchMessages;

  constructor(metrics: Metrics, options: ResolvedShardOptions) {
    const name = (rest: string) => `liftwarden_mqtt_shard_${rest}`;
    this.connected = metrics.gauge(name('connected'), '1 while the session is up and subscribed', ['client']);
    this.received = metrics.counter(name('messages_received_total'), 'Messages received, by QoS', ['qos']);
    this.redelivered = metrics.counter(
      name('messages_redelivered_total'),
      'Messages the broker marked as sent before',
    );
    this.repeated = metrics.counter(
      name('messages_repeated_total'),
      'QoS 2 messages already stored, answered again and not handed over',
    );
    this.acknowledged = metrics.counter(
      name('messages_acknowledged_total'),
      'Messages acknowledged to the broker, by QoS',
      ['qos'],
    );
    this.connectionsEnded = metrics.counter(
      name('connections_ended_total'),
      'Connections that ended or failed and are tried again, by reason',
      ['reason'],
    );
    this.subscriptionsRefused = metrics.counter(
      name('subscriptions_refused_total'),
      'Filters the broker did not grant; asked for again',
    );
    this.packetsCut = metrics.counter(
      name('packets_cut_total'),
      'Messages cut to the largest packet that is read; their head goes to quarantine',
    );
    this.readingPaused = metrics.counter(
      name('reading_paused_total'),
      'Times that the broker was no longer read because too much was in flight',
    );
    this.brokerDropped = metrics.gauge(
      name('broker_dropped_messages'),
      'Messages the broker says it has dropped since its start ($SYS/broker/publish/messages/dropped)',
    );
    this.downlinkUnderWay = metrics.gauge(
      name('downlink_under_way'),
      'Messages to terminals that the broker has not yet acknowledged',
    );
    this.downlinkEnded = metrics.counter(
      name('downlink_messages_total'),
      'Messages to terminals by what became of them; sent = the broker has it',
      ['outcome'],
    );
    this.ordersHeard = metrics.counter(
      name('downlink_messages_heard_total'),
      'Messages to terminals that our own filters matched too: acknowledged and not read',
    );
    this.batchesFailed = metrics.counter(name('batches_failed_total'), 'Batches whose handler failed');
    this.inFlightMessages = metrics.gauge(name('in_flight_messages'), 'Messages not yet handled');
    this.inFlightBytes = metrics.gauge(name('in_flight_bytes'), 'Bytes of the messages not yet handled');
    this.acknowledgeSeconds = metrics.histogram(
      name('acknowledge_seconds'),
      'From a message parsed to its acknowledgement written',
      SECONDS_BUCKETS,
    );
    this.batchMessages = metrics.histogram(name('batch_messages'), 'Messages in a batch', BATCH_BUCKETS);
    const limit = metrics.gauge(name('limit'), 'Bounds of the consumer, by what they bound', ['of']);
    limit.set({ of: 'in_flight_messages' }, options.window);
    limit.set({ of: 'in_flight_bytes' }, options.windowMaxBytes);
    limit.set({ of: 'packet_bytes' }, options.packetMaxBytes);
    limit.set({ of: 'downlink_under_way' }, options.downlinkMax);
  }

  observeBounds(bounds: IntakeBounds): void {
    this.inFlightMessages.set(bounds.messages);
    this.inFlightBytes.set(bounds.bytes);
  }

  observeBatch(outcome: BatchOutcome, now: number): void {
    this.batchMessages.observe(outcome.arrivals.length);
    if (outcome.failure !== null) {
      this.batchesFailed.inc();
      return;
    }
    for (const { arrivedAt } of outcome.arrivals) this.acknowledgeSeconds.observe((now - arrivedAt) / 1000);
  }
}
