import type { Lsn } from './entry.js';
import { decodeEntry } from './entry-codec.js';
import type { JournalPlace } from './journal-place.js';
import { type JournalFlaw, walkSegments } from './segment-walk.js';
import { type CheckedSnapshot, checkSnapshots } from './snapshot-check.js';

export type { JournalFlaw } from './segment-walk.js';

/** Flaws are listed up to here, and counted beyond. */
const LISTED_MAX = 1_000;

/** What reading every record found. */
export interface JournalVerdict {
  readonly folder: string;
  readonly segments: number;
  readonly bytes: number;
  readonly entries: number;
  readonly firstLsn: Lsn | null;
  readonly lastLsn: Lsn | null;
  /** The first 1,000. */
  readonly flaws: readonly JournalFlaw[];
  readonly flawCount: number;
  readonly lostRecords: number;
  readonly snapshots: readonly CheckedSnapshot[];
  /** False for a torn tail alone: an unfinished write, of which nobody was told. */
  readonly damaged: boolean;
}

/** Reads every record of a live or stopped journal, and the snapshots beside it. Changes nothing. */
export async function verifyJournal(place: JournalPlace): Promise<JournalVerdict> {
  const { folder, snapshotFolder, files, sleep } = place;
  const flaws: JournalFlaw[] = [];
  let segments = 0;
  let bytes = 0;
  let entries = 0;
  let firstLsn: Lsn | null = null;
  let lastLsn: Lsn | null = null;
  let flawCount = 0;
  let lostRecords = 0;
  let damaged = false;
  const flaw = (found: JournalFlaw) => {
    flawCount++;
    lostRecords += found.lostRecords;
    if (found.kind !== 'torn-tail') damaged = true;
    if (flaws.length < LISTED_MAX) flaws.push(found);
  };
  await walkSegments(folder, files, sleep, {
    flaw,
    record: ({ lsn, offset, bytes: size, body }, segment) => {
      entries++;
      firstLsn ??= lsn;
      lastLsn = lsn;
      if (decodeEntry(body) !== null) return;
      const detail = `entry ${lsn} is of a kind that this version does not know`;
      flaw({ kind: 'unknown-entry', segment, offset, bytes: size, lostRecords: 1, detail });
    },
    segment: (walked) => {
      segments++;
      bytes += walked.bytes;
    },
  });
  const snapshots = snapshotFolder === null ? [] : await checkSnapshots(files, snapshotFolder);
  if (snapshots.some(({ damage }) => damage !== null)) damaged = true;
  const found = { folder, segments, bytes, entries, firstLsn, lastLsn };
  return { ...found, flaws, flawCount, lostRecords, snapshots, damaged };
}
