import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interludes } from '#runtime';
import { JournalBench, message, payloads, readAll } from './journal.fixture.js';
import { NotSyncedError } from './journal-errors.js';
import { SyncThread } from './sync-thread.js';

describe('SyncThread', () => {
  let folder: string;
  let path: string;
  let file: FileHandle;
  let interludes: Interludes;
  let thread: SyncThread;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sync-thread-'));
    path = join(folder, 'segment');
    file = await open(path, 'w+');
    interludes = new Interludes();
    thread = new SyncThread(interludes);
  });

  afterEach(async () => {
    await thread.close();
    await file.close();
    await rm(folder, { recursive: true });
  });

  it('writes each at its position, in order, out of shared memory or a copy', async () => {
    const shared = Buffer.from(new SharedArrayBuffer(6));
    shared.write('second');
    await Promise.all([
      thread.write(file.fd, Buffer.from('first, '), 0),
      thread.write(file.fd, shared, 7),
      thread.write(file.fd, Buffer.from('S'), 7),
    ]);
    expect(await readFile(path, 'utf8')).toBe('first, Second');
  });

  it('is heard within a turn of the loop, in an interlude', async () => {
    await thread.write(file.fd, Buffer.from('warm'), 0);
    let heard = false;
    const written = thread.write(file.fd, Buffer.from('cold'), 0).then(() => {
      heard = true;
    });
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 100 && !heard; tries++) {
      // Neither a timer nor a port is heard here: only microtasks run.
      Atomics.wait(pause, 0, 0, 50);
      interludes.take();
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(heard).toBe(true);
    await written;
  });

  it('rejects with the error of the system when not all is written', async () => {
    const full = await open('/dev/full', 'w');
    await expect(thread.write(full.fd, Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    await full.close();
    await thread.write(file.fd, Buffer.from('goes on'), 0);
    expect(await readFile(path, 'utf8')).toBe('goes on');
  });

  it('says when it was written and not synced', async () => {
    // A device that takes bytes and cannot be synced.
    const device = await open('/dev/null', 'w');
    const outcome = await thread.write(device.fd, Buffer.from('x'), 0).catch((error: unknown) => error);
    await device.close();
    expect(outcome).toBeInstanceOf(NotSyncedError);
    expect((outcome as Error).cause).toMatchObject({ code: 'EINVAL' });
  });

  it('takes nothing more when it was closed, and rejects what waits', async () => {
    await thread.write(file.fd, Buffer.from('x'), 0);
    const waiting = thread.write(file.fd, Buffer.alloc(50_000_000), 0).catch((error: Error) => error.message);
    await thread.close();
    expect(await waiting).toMatch(/thread that writes the journal/);
    await expect(thread.write(file.fd, Buffer.from('y'), 0)).rejects.toThrow(/was closed/);
  });
});

describe('Journal with a thread', () => {
  it('keeps what was appended, over several segments and a restart', async () => {
    const bench = await JournalBench.make();
    const texts = Array.from({ length: 40 }, (_, index) => `${index}-`.padEnd(500, 'x'));
    const options = { interludes: new Interludes(), segmentBytes: 4_096, maxBytes: 1 << 20 };
    const journal = await bench.open(options);
    for (const text of texts) await journal.append([message(text)]);
    await journal.close();
    const again = await bench.open(options);
    const batch = { entries: await readAll(again.reader(0), 40), last: 40 };
    expect(payloads(batch).map((text) => text.slice(0, 3))).toEqual(texts.map((text) => text.slice(0, 3)));
    await bench.tearDown();
  });
});
