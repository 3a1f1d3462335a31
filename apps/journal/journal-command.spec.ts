import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '#journal';
import { Metrics, SystemClock } from '#runtime';
import { message } from '../../libs/journal/journal.fixture.js';
import { readJournalArguments, runJournalCommand } from './journal-command.js';

describe('journal command', () => {
  let folder: string;
  const clock = new SystemClock();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-command-'));
    const journal = new Journal({ folder: join(folder, 'journal'), clock, metrics: new Metrics() });
    await journal.open();
    await journal.append(Array.from({ length: 20 }, (_, n) => message(`m${n}`)));
    const snapshots = journal.snapshots({ folder, name: 'lift-states', contentVersion: 1 });
    await snapshots.write({
      lsn: 20,
      blocks: [],
      confirm: async () => {},
      hurry: new AbortController().signal,
    });
    await journal.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => {
    const asked = readJournalArguments(args, { DATA_DIR: folder });
    if ('usage' in asked) throw new Error(`wrongly asked: ${asked.usage}`);
    return runJournalCommand(asked, clock);
  };

  it('shows what is in the journal, names within the limit', async () => {
    const { text, exitCode } = await run('inspect', '--top', '3');
    expect(exitCode).toBe(0);
    expect(text).toMatch(/1 segments, \d+ B, 20 entries\n/);
    expect(text).toMatch(/0000000000000001\.journal +1–20 +20 /);
    expect(text).toMatch(/lift\/v1\/\{terminal\}\/telemetry +20 /);
    expect(text).toMatch(/terminal \(3 of 20\)/);
    expect(text).toMatch(/lift-states-a\.snapshot: after entry 20, .* whole/);
  });

  it('gives the same as JSON', async () => {
    const { text } = await run('inspect', '--json', join(folder, 'journal'));
    expect(JSON.parse(text)).toMatchObject({ entries: 20, outcomes: { names: 1 }, snapshots: [] });
  });

  it('verifies, and exits with 1 for a flipped byte', async () => {
    expect(await run('verify', folder)).toMatchObject({
      exitCode: 0,
      text: expect.stringMatching(/\nwhole$/),
    });
    const path = join(folder, 'journal', (await readdir(join(folder, 'journal')))[0] ?? '');
    const bytes = await readFile(path);
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(90) ^ 1, 90);
    await writeFile(path, flipped);
    const { text, exitCode } = await run('verify');
    expect(exitCode).toBe(1);
    expect(text).toMatch(/corrupt-records: 0+1\.journal, byte 64, \d+ bytes, 1 entries lost/);
    expect(text).toMatch(/DAMAGED: 1 entries lost$/);
    expect(JSON.parse((await run('verify', '--json')).text)).toMatchObject({ damaged: true, lostRecords: 1 });
    expect(await run('inspect')).toMatchObject({ exitCode: 0, text: expect.stringContaining('1 flaws') });
    await writeFile(path, bytes);
  });

  it('says where it found no journal', async () => {
    expect(await run('verify', join(folder, 'nowhere'))).toEqual({
      ...{ text: `journal: no journal in ${join(folder, 'nowhere')}`, exitCode: 1 },
    });
  });

  it.each([
    [[], 'no command'],
    [['mend'], "unknown command 'mend'"],
    [['verify', 'a', 'b'], "unexpected word 'b'"],
    [['inspect', '--top', '0'], '--top 0: give a whole number from 1 to 1000'],
    [['inspect', '--what'], "Unknown option '--what'"],
    [['--help'], null],
  ] as const)('asked %j, says %s', (args, usage) => {
    expect(readJournalArguments(args, {})).toEqual({ usage });
  });

  it('looks into DATA_DIR, or ./data', () => {
    expect(readJournalArguments(['inspect'], {})).toMatchObject({ folder: './data', top: 10, json: false });
    expect(readJournalArguments(['verify'], { DATA_DIR: '/d' })).toMatchObject({ folder: '/d' });
  });
});
