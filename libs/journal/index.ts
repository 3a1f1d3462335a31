export type { JournalBatch, JournalEntry, Lsn, MessageEntry, MessageSource, TickEntry } from './entry.js';
export {
  type InspectedSegment,
  inspectJournal,
  type JournalInspection,
  type Tallies,
  type Tally,
} from './inspect-journal.js';
export { Journal, type JournalUsage } from './journal.js';
export { JournalFailedError, JournalFullError, type JournalFullReason } from './journal-errors.js';
export type { JournalOptions } from './journal-options.js';
export { findJournal, type JournalPlace } from './journal-place.js';
export { JournalReader } from './journal-reader.js';
export type { DamagedRange, OpenReport } from './open-segments.js';
export type { JournalPressure } from './room-watch.js';
export { type DiskRoom, type SegmentFile, SegmentFiles } from './segment-files.js';
export { type CheckedSnapshot, checkSnapshots } from './snapshot-check.js';
export type { SnapshotBlock } from './snapshot-format.js';
export type { RejectedSnapshot, RestoredSnapshot, SnapshotContent, SnapshotStore } from './snapshot-store.js';
export { type JournalFlaw, type JournalVerdict, verifyJournal } from './verify-journal.js';
