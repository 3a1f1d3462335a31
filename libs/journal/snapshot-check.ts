import { join } from 'node:path';
import type { Lsn } from './entry.js';
import { systemErrorCode } from './journal-errors.js';
import type { SegmentFiles } from './segment-files.js';
import { readSnapshotBlocks, readSnapshotHeader } from './snapshot-format.js';

/** One snapshot file, read through. */
export interface CheckedSnapshot {
  readonly path: string;
  readonly bytes: number;
  /** Position whose state it holds; null when the header cannot be read. */
  readonly lsn: Lsn | null;
  /** ms since 1970 UTC. */
  readonly takenAt: number | null;
  readonly contentVersion: number | null;
  readonly blocks: number;
  /** Null = whole. */
  readonly damage: string | null;
}

/** Checks every `*.snapshot` file of a folder, by name. Reads only. */
export async function checkSnapshots(files: SegmentFiles, folder: string): Promise<CheckedSnapshot[]> {
  const names = (await files.list(folder)).filter((name) => name.endsWith('.snapshot')).sort();
  const checked: CheckedSnapshot[] = [];
  for (const name of names) {
    const one = await check(files, join(folder, name));
    if (one !== null) checked.push(one);
  }
  return checked;
}

/** Null when it has been replaced and removed meanwhile. */
async function check(files: SegmentFiles, path: string): Promise<CheckedSnapshot | null> {
  let found: CheckedSnapshot = {
    ...{ path, bytes: 0, lsn: null, takenAt: null, contentVersion: null, blocks: 0, damage: null },
  };
  try {
    const file = await files.open(path, 'read');
    try {
      found = { ...found, bytes: await file.size() };
      const header = await readSnapshotHeader(file);
      const { lsn, takenAt, contentVersion } = header;
      found = { ...found, lsn, takenAt, contentVersion };
      let blocks = 0;
      for await (const _ of readSnapshotBlocks(file, header)) found = { ...found, blocks: ++blocks };
      return found;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    return { ...found, damage: error instanceof Error ? error.message : String(error) };
  }
}
