import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#runtime';
import { NodeSegmentFiles, type SegmentFiles } from './segment-files.js';
import { parseSegmentName } from './segment-format.js';

/** Where a journal is that somebody wants to look into. */
export interface JournalPlace {
  /** Holds the segments. */
  readonly folder: string;
  /** Holds the snapshots; null when only the segments' folder was given. */
  readonly snapshotFolder: string | null;
  readonly files: SegmentFiles;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * `folder` is a data folder, which holds `journal/` and the snapshots, or the segments' folder itself. Null
 * when it is neither.
 */
export async function findJournal(folder: string, clock: Pick<Clock, 'sleep'>): Promise<JournalPlace | null> {
  const files = new NodeSegmentFiles();
  const sleep = (ms: number) => clock.sleep(ms);
  const within = join(folder, 'journal');
  if (await isFolder(within)) return { folder: within, snapshotFolder: folder, files, sleep };
  if (!(await isFolder(folder))) return null;
  const names = await files.list(folder);
  const holdsSegments = names.some((name) => parseSegmentName(name) !== null);
  return holdsSegments ? { folder, snapshotFolder: null, files, sleep } : null;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
