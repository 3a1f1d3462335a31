import type { Migration } from '../migrate.js';
import { INITIAL_SQL } from './0001-initial.js';

/**
 * Every migration, in order. Append only: a published one never changes (its checksum is checked at each
 * start).
 */
export const ALL_MIGRATIONS: readonly Migration[] = [{ name: '0001-initial', sql: INITIAL_SQL }];
