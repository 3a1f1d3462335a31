import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPositionFile, writePositionFile } from './position-file.js';

describe('position file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'position-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is 0 before the first write, then what was written last, and leaves no draft', async () => {
    const file = join(folder, 'sub', 'position.json');
    expect(await readPositionFile(file)).toBe(0);
    await writePositionFile(file, 17);
    await writePositionFile(file, Number.MAX_SAFE_INTEGER);
    expect(await readPositionFile(file)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await readdir(join(folder, 'sub'))).toEqual(['position.json']);
  });

  it.each([
    '',
    '{',
    '7',
    '{"format":1}',
    '{"format":2,"position":1}',
    '{"format":1,"position":-1}',
    '{"format":1,"position":1.5}',
  ])('refuses %j, and says what to do', async (content) => {
    const file = join(folder, 'position.json');
    await writeFile(file, content);
    await expect(readPositionFile(file)).rejects.toThrow(/position\.json is damaged\. Delete it/);
  });

  it('fails where it cannot be read or written', async () => {
    await expect(readPositionFile('/dev/null/x')).rejects.toThrow();
    await expect(writePositionFile(join(folder, 'none', 'x'), 1)).rejects.toThrow(/ENOENT/);
  });
});
