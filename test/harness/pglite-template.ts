import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PROJECT_ROOT } from './project-root.js';

const CACHE = join(PROJECT_ROOT, 'node_modules/.cache/liftwarden');

/**
 * Copies a freshly made, empty database to `folder`, as PGlite's first start would leave it. Making one takes
 * seconds of computing and opening one a third of a second, so it is made once a version and checkout.
 */
export async function copyEmptyDatabase(folder: string): Promise<void> {
  await cp(await template(), folder, { recursive: true });
}

async function template(): Promise<string> {
  const manifest = await readFile(
    join(PROJECT_ROOT, 'node_modules/@electric-sql/pglite/package.json'),
    'utf8',
  );
  const { version } = JSON.parse(manifest) as { version: string };
  const made = join(CACHE, `pglite-${version}`);
  if (await exists(made)) return made;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, 'making-'));
  const database = new PGlite(draft);
  await database.waitReady;
  await database.close();
  // Another worker may have been faster: either is as good.
  await rename(draft, made).catch(() => rm(draft, { recursive: true, force: true }));
  return made;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
