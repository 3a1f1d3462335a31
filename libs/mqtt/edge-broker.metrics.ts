import type { Metrics } from '#runtime';
import type { BatchOutcome } from './batch-intake.js';
import type { ResolvedOptions } from './edge-broker.options.js';
import type { IntakeBounds } from './intake-bounds.js';
import type { WaitingRoom } from './waiting-room.js';

const ACK_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The edge broker's metrics: what came, what was refused and why, and how near each bound is. */
export class EdgeBrokerMetrics {
  readonly connections;
  readonly connectionsRefused;
  readonly connectionsWithdrawn;
  readonly connectionErrors;
  readonly packetsRefused;
  readonly publishesRefused;
  readonly subscriptionsRefused;
  readonly batchesFailed;
  readonly wills;
  readonly shed;
  readonly slowed;
  private readonly waitingMessages;
  readonly readingPaused;
  private readonly inFlightMessages;
  private readonly inFlightBytes;
  private readonly incompleteBytes;
  private readonly received;
  private readonly receivedBytes;
  private readonly acknowledgeSeconds;
  private readonly batchMessages;

  constructor(metrics: Metrics, options: ResolvedOptions) {
    const name = (rest: string) => `liftwarden_mqtt_${rest}`;
    this.connections = metrics.gauge(name('connections'), 'Open connections, authenticated or not');
    this.connectionsRefused = metrics.counter(
      name('connections_refused_total'),
      'Connections refused, by reason',
      ['reason'],
    );
    this.connectionsWithdrawn = metrics.counter(
      name('connections_withdrawn_total'),
      'Connections cut because their terminal was revoked or has a new secret, by reason',
      ['reason'],
    );
    this.connectionErrors = metrics.counter(
      name('connection_errors_total'),
      'Connections that ended with an error: broken protocol, lost network, a failed batch',
    );
    this.packetsRefused = metrics.counter(
      name('packets_refused_total'),
      'Packets refused before anyone parsed them or their topic, by reason; the connection is cut',
      ['reason'],
    );
    this.publishesRefused = metrics.counter(
      name('publishes_refused_total'),
      'Messages to topics their sender has no right to; kept for quarantine, the connection is cut',
    );
    this.subscriptionsRefused = metrics.counter(name('subscriptions_refused_total'), 'Filters not granted');
    this.batchesFailed = metrics.counter(name('batches_failed_total'), 'Batches whose handler failed');
    this.wills = metrics.counter(name('wills_total'), 'Last wills of lost connections taken as messages');
    this.shed = metrics.counter(
      name('telemetry_shed_total'),
      'Telemetry with QoS 0 of terminals over their rate, left out',
    );
    this.slowed = metrics.counter(
      name('telemetry_slowed_total'),
      'Telemetry with QoS 1 and 2 of terminals over their rate, made to wait',
    );
    this.waitingMessages = metrics.gauge(
      name('waiting_messages'),
      'Messages that wait because their terminal is over its rate',
    );
    this.readingPaused = metrics.counter(
      name('reading_paused_total'),
      'Times that sockets were no longer read because too much was in flight',
    );
    this.inFlightMessages = metrics.gauge(name('in_flight_messages'), 'Messages not yet acknowledged');
    this.inFlightBytes = metrics.gauge(name('in_flight_bytes'), 'Bytes of the messages not yet acknowledged');
    this.incompleteBytes = metrics.gauge(
      name('incomplete_bytes'),
      'Announced sizes of the packets that have not arrived entirely',
    );
    this.received = metrics.counter(name('messages_received_total'), 'Messages handled, by QoS', ['qos']);
    this.receivedBytes = metrics.counter(name('received_bytes_total'), 'Bytes of topic and payload handled');
    this.acknowledgeSeconds = metrics.histogram(
      name('acknowledge_seconds'),
      'From the oldest message of a batch parsed to the acknowledgements written',
      ACK_BUCKETS_S,
    );
    this.batchMessages = metrics.histogram(name('batch_messages'), 'Messages in a batch', BATCH_BUCKETS);
    const limit = metrics.gauge(name('limit'), 'Bounds of the edge broker, by what they bound', ['of']);
    limit.set({ of: 'connections' }, options.connectionsMax);
    limit.set({ of: 'in_flight_messages' }, options.inFlightMax);
    limit.set({ of: 'in_flight_bytes' }, options.inFlightMaxBytes);
    limit.set({ of: 'incomplete_bytes' }, options.incompleteMaxBytes);
    limit.set({ of: 'packet_bytes' }, options.packetMaxBytes);
    limit.set({ of: 'waiting_messages' }, options.waitingMax);
  }

  observeBounds(bounds: IntakeBounds, waiting: WaitingRoom): void {
    this.waitingMessages.set(waiting.messages);
    this.inFlightMessages.set(bounds.messages);
    this.inFlightBytes.set(bounds.bytes);
    this.incompleteBytes.set(bounds.incompleteBytes);
  }

  observeBatch(outcome: BatchOutcome, now: number): void {
    this.batchMessages.observe(outcome.arrivals.length);
    if (outcome.failure !== null) {
      this.batchesFailed.inc();
      return;
    }
    const byQos = [0, 0, 0];
    for (const { message } of outcome.arrivals) byQos[message.qos] = (byQos[message.qos] ?? 0) + 1;
    // Of each message it would cost more than its parsing; the oldest is the one that waited.
    const oldest = outcome.arrivals[0];
    if (oldest !== undefined) this.acknowledgeSeconds.observe((now - oldest.arrivedAt) / 1000);
    byQos.forEach((count, qos) => {
      if (count > 0) this.received.inc({ qos: String(qos) }, count);
    });
    this.receivedBytes.inc(outcome.bytes);
  }
}
