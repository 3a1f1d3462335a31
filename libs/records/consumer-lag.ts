import type { Metrics } from '#runtime';
import type { Records } from './records.js';

/**
 * How far each consumer's stored cursor is behind the event log, as the database says when it is asked.
 * Events have few gaps in their ids, so the difference is the number to go.
 */
export function measureConsumerLag(metrics: Metrics, records: Records): void {
  metrics.measured(
    'liftwarden_event_consumer_lag',
    'Events of the log that a consumer has still to handle.',
    ['consumer'],
    async (gauge) => {
      const cursors = await records.db.selectFrom('consumer_cursor').selectAll().execute();
      const head = await records.headEventId();
      for (const { consumer, position } of cursors) gauge.set({ consumer }, Math.max(0, head - position));
    },
  );
}
