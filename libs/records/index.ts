export { EVENTS_PER_WRITE_MAX } from './append-events.js';
export { EventLogStrategy, type EventLogStrategyOptions, eventLogTransport } from './event-log.strategy.js';
export { EventLogContext } from './event-log-context.js';
export { jsonText, storableText } from './json-text.js';
export { LogEventPattern } from './log-event-pattern.js';
export { type LogEvent, type NewLogEvent, Records, type Tx } from './records.js';
export * from './schema.js';
export { RecordsUnavailable } from './sql-pool.js';
export { SqlRecords, type SqlRecordsOptions } from './sql-records.js';
