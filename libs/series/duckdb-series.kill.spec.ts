import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DuckDbSeriesStore } from './duckdb-series.store.js';

const WRITER = fileURLToPath(new URL('./testdata/killed-writer.mjs', import.meta.url));

describe('DuckDbSeriesStore, killed', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'series-'));
    file = join(folder, 'series.duckdb');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has position and points in agreement after SIGKILL, again and again', async () => {
    for (const answered of [5, 12, 30]) {
      const lastAnswered = await killAfter(answered);
      const store = new DuckDbSeriesStore({ file });
      await store.open();
      const position = await store.position();
      expect(position).toBeGreaterThanOrEqual(lastAnswered);
      const counts = await store.verifyCounts();
      const expected = Array.from({ length: position }, (_, index) => {
        const points = ((index + 1) % 700) + 1;
        return { terminal: 'killed', boot: `p${index + 1}`, points, distinctSeqs: points };
      }).sort((a, b) => (a.boot < b.boot ? -1 : 1));
      expect(counts).toEqual(expected);
      expect((await store.latest(['lift-0'])).get('lift-0')?.sample.tripCount).toBe(position);
      await store.close();
    }
  }, 60_000);

  /**
   * Runs the writer until it answered so many appends, kills it amid the next; resolves with the last
   * answered.
   */
  async function killAfter(answered: number): Promise<number> {
    const child = spawn(process.execPath, ['-C', 'source', WRITER, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    let last = 0;
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (++lines === answered) child.kill('SIGKILL');
    }
    await gone;
    expect(lines).toBeGreaterThanOrEqual(answered);
    return last;
  }
});
