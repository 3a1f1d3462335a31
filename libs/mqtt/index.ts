export type { EdgeBrokerOptions, EdgeTls } from './edge-broker.options.js';
export { EdgeBrokerStrategy } from './edge-broker.strategy.js';
export { type InboundMessage, MQTT_BATCH } from './inbound-message.js';
export { parseBrokerUrl, type ShardConsumerOptions, UPLINK_FILTERS } from './shard-consumer.options.js';
export { ShardConsumerStrategy } from './shard-consumer.strategy.js';
export {
  type ConnectRefusal,
  TerminalAccess,
  type Withdrawal,
  type WithdrawalListener,
} from './terminal-access.js';
export { type DownlinkResult, TerminalDownlink } from './terminal-downlink.js';
