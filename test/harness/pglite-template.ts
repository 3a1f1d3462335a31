import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from './project-root.js';

const CACHE = join(PROJECT_ROOT, 'node_modules/.cache/liftwarden');

/** Ten seconds of computing, on a busy machine several times as long. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;
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
  const lock = `${made}.lock`;
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (!mine && (await madeByAnother(made))) return made;
  const draft = await mkdtemp(join(CACHE, 'making-'));
  // In a process of its own: the database's thread cannot begin within Jest's sandbox.
  const loader = `--import=${join(PROJECT_ROOT, 'test/harness/source-loader.mjs')}`;
  const command = join(PROJECT_ROOT, 'test/harness/make-template.ts');
  await promisify(execFile)(process.execPath, ['--conditions=source', loader, command, draft], {
    env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
  });
  // Another worker may have been faster: either is as good.
  await rename(draft, made).catch(() => rm(draft, { recursive: true, force: true }));
  await rm(lock, { recursive: true, force: true });
  return made;
}

/** Two who make it at once take twice as long. False when the other one seems to have been killed. */
async function madeByAnother(made: string): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    if (await exists(made)) return true;
    await sleep(LOOK_MS);
  }
  return false;
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
