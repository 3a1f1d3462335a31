import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const FORMAT = 1;

/**
 * The saved position; 0 when there is no file. Makes the folder. Throws, naming the file, when it is damaged.
 */
export async function readPositionFile(file: string): Promise<number> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const position = positionIn(content);
  if (position === null) {
    throw new Error(
      `Position file ${file} is damaged. Delete it to have the journal's samples written again from its ` +
        'oldest entry.',
    );
  }
  return position;
}

/** Replaces the file whole and makes that durable: a crash leaves the old position or the new one. */
export async function writePositionFile(file: string, position: number): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ format: FORMAT, position }));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function positionIn(content: string): number | null {
  try {
    const json: unknown = JSON.parse(content);
    if (typeof json !== 'object' || json === null || !('format' in json) || !('position' in json))
      return null;
    const { format, position } = json;
    if (format !== FORMAT || typeof position !== 'number') return null;
    return Number.isSafeInteger(position) && position >= 0 ? position : null;
  } catch {
    return null;
  }
}
