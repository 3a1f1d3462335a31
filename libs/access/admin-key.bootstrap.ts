import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { keyText, newKey } from './key-text.js';

/** The first key of an installation: random, so that no mode has a fixed credential (invariant 10). */
@Injectable()
export class AdminKeyBootstrap {
  constructor(private readonly keys: ApiKeys) {}

  /**
   * With no key in the database yet, makes an admin key, writes it to `admin.key` in `dataDir` (readable by
   * its owner alone) and answers its text, to be printed once. Answers null when there are keys.
   */
  async ensure(dataDir: string): Promise<string | null> {
    if (!(await this.keys.isEmpty())) return null;
    const text = keyText(newKey());
    // The file first: a crash between the two leaves a key nobody accepts, and the next start makes another.
    await writePrivately(join(dataDir, 'admin.key'), `${text}\n`);
    await this.keys.insert({ label: 'first admin key', role: 'admin', scope: { kind: 'all' } }, text);
    return text;
  }
}

async function writePrivately(path: string, text: string): Promise<void> {
  // An old file would keep its own mode.
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
