export { isAsciiText } from './ascii-text.js';
export * from './fault-kinds.js';
export * from './message.js';
export { nativeProfile } from './native/native-v1.profile.js';
export { compileNativeValidators } from './native/native-validators.js';
export {
  EventPayload,
  SNAPSHOT_CODES_MAX,
  SnapshotPayload,
  StatusPayload,
  TELEMETRY_ITEMS_MAX,
  TelemetryPayload,
} from './native/payloads.js';
export { PAYLOAD_BYTES_MAX } from './payload-json.js';
export * from './profile.js';
export { PROFILES, profileOfTopic } from './profile-registry.js';
export * from './topics.js';
