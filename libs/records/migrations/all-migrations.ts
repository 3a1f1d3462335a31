import type { Migration } from '../migrate.js';
import { INITIAL_SQL } from './0001-initial.js';
import { FLEET_BOOKS_SQL } from './0002-fleet-books.js';
import { SESSIONS_SQL } from './0003-sessions.js';
import { ALARM_ORDER_SQL } from './0005-alarm-order.js';
import { LIFT_STATISTICS_SQL } from './0006-lift-statistics.js';
import { INDICATORS_SQL } from './0007-indicators.js';
import { WEBHOOKS_SQL } from './0008-webhooks.js';
import { ALARM_SOURCE_SQL } from './0009-alarm-source.js';
import { RULE_PLACES_SQL } from './0010-rule-places.js';
import { KEY_VERSION_SQL } from './0011-key-version.js';

/**
 * Every migration, in order. Append only: a published one never changes (its checksum is checked at each
 * start).
 */
export const ALL_MIGRATIONS: readonly Migration[] = [
  { name: '0001-initial', sql: INITIAL_SQL },
  { name: '0002-fleet-books', sql: FLEET_BOOKS_SQL },
  { name: '0003-sessions', sql: SESSIONS_SQL },
  { name: '0005-alarm-order', sql: ALARM_ORDER_SQL },
  { name: '0006-lift-statistics', sql: LIFT_STATISTICS_SQL },
  { name: '0007-indicators', sql: INDICATORS_SQL },
  { name: '0008-webhooks', sql: WEBHOOKS_SQL },
  { name: '0009-alarm-source', sql: ALARM_SOURCE_SQL },
  { name: '0010-rule-places', sql: RULE_PLACES_SQL },
  { name: '0011-key-version', sql: KEY_VERSION_SQL },
];
