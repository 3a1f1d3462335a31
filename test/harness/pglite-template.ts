import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SqlRecords } from '#records';
import { Metrics, SystemClock } from '#runtime';
import { PROJECT_ROOT } from './project-root.js';

const CACHE = join(PROJECT_ROOT, 'node_modules/.cache/liftwarden');

const MIGRATIONS = join(PROJECT_ROOT, 'libs/records/migrations');

/**
 * Copies an empty database to `folder`, as the platform's first start would leave it. Making one takes
 * seconds of computing, the migrations one more, and opening one a third of a second: so it is made once a
 * checkout, version of PGlite and text of the migrations.
 */
export async function copyEmptyDatabase(folder: string): Promise<void> {
  await cp(await template(), folder, { recursive: true });
}

async function template(): Promise<string> {
  const made = join(CACHE, `records-${await fingerprint()}`);
  if (await exists(made)) return made;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, 'making-'));
  const records = new SqlRecords({ folder: draft, clock: new SystemClock(), metrics: new Metrics() });
  await records.open();
  await records.close();
  // Another worker may have been faster: either is as good.
  await rename(draft, made).catch(() => rm(draft, { recursive: true, force: true }));
  return made;
}

async function fingerprint(): Promise<string> {
  const names = (await readdir(MIGRATIONS)).sort();
  const files = [
    join(PROJECT_ROOT, 'node_modules/@electric-sql/pglite/package.json'),
    ...names.map((name) => join(MIGRATIONS, name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
