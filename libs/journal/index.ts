export type { JournalBatch, JournalEntry, Lsn, MessageEntry, MessageSource, TickEntry } from './entry.js';
export { Journal, type JournalOptions, type JournalUsage } from './journal.js';
export { JournalFailedError, JournalFullError, type JournalFullReason } from './journal-errors.js';
export { JournalReader } from './journal-reader.js';
export type { DamagedRange, OpenReport } from './open-segments.js';
export { type SegmentFile, SegmentFiles } from './segment-files.js';
