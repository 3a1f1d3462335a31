import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LiftState } from '#domain';
import type { Lsn } from '#journal';
import type { TerminalWindowSnapshot } from './seen-identities.js';

/** Changes when the shape of the states does: an older file is then stepped over from the journal again. */
const FORMAT = 1;

/** The states after the entry `lsn`, all of whose effects are committed. */
export interface Snapshot {
  readonly lsn: Lsn;
  readonly lifts: readonly LiftState[];
  readonly terminals: readonly TerminalWindowSnapshot[];
}

/** Null when there is none or it has another format; throws when the file is not JSON. */
export async function readSnapshot(folder: string): Promise<Snapshot | null> {
  let text: string;
  try {
    text = await readFile(fileIn(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { format, ...snapshot } = JSON.parse(text) as Snapshot & { format: number };
  return format === FORMAT ? snapshot : null;
}

/** Replaces the file whole: a crash leaves the old one or the new one. `text` is `snapshotText`'s. */
export async function writeSnapshot(folder: string, text: string): Promise<void> {
  const file = fileIn(folder);
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const parent = await open(dirname(file), 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

export function snapshotText(snapshot: Snapshot): string {
  return JSON.stringify({ format: FORMAT, ...snapshot });
}

function fileIn(folder: string): string {
  return join(folder, 'lift-states.json');
}
