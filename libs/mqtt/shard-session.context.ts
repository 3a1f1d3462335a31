import type { ReceivedLedger } from './acknowledgement.js';
import type { BatchIntake } from './batch-intake.js';
import type { Handshake } from './broker-handshake.js';
import type { Grant } from './filter-grants.js';
import type { IntakeBounds } from './intake-bounds.js';
import type { ShardConsumerMetrics } from './shard-consumer.metrics.js';
import type { ResolvedShardOptions } from './shard-consumer.options.js';
import type { ShardDownlink } from './shard-downlink.js';

/** Why a connection to the broker ended; counted by this label. */
export type SessionEnd =
  | 'no-connection'
  | 'refused'
  | 'unsupported-version'
  | 'closed-before-connack'
  | 'connect-timeout'
  | 'subscribe-timeout'
  | 'ping-timeout'
  | 'network'
  | 'protocol-error'
  | 'handler-failed'
  | 'taken-over'
  | 'broker-disconnect'
  | 'stopped';

export interface SessionResult {
  readonly reason: SessionEnd;
  readonly detail: string;
  /** How long it had been accepted, ms; 0 when it never was. */
  readonly upMs: number;
}

/** What outlives a connection, and who hears of it. */
export interface SessionContext {
  readonly options: ResolvedShardOptions;
  readonly metrics: ShardConsumerMetrics;
  readonly bounds: IntakeBounds;
  readonly intake: BatchIntake;
  readonly ledger: ReceivedLedger;
  readonly downlink: ShardDownlink;
  /** CONNACK said yes. */
  readonly onAccepted: (handshake: Handshake) => void;
  /** `complete` = every filter is granted. */
  readonly onGrants: (grants: readonly Grant[], complete: boolean) => void;
  /** Messages the broker says it has dropped. */
  readonly onDropped: (messages: number) => void;
}
