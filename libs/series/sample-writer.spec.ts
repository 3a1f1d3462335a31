import type { LineBlock } from './line-block.js';
import { PointRuns } from './point-runs.js';
import { SampleLines } from './sample-lines.js';
import { SampleWriter } from './sample-writer.js';
import type { AppendResult, SeriesPoint } from './series.store.js';
import { point } from './series-points.fixture.js';

const at = (lift: string, seq: number) => point(lift, seq * 1_000, { seq });
const DOWN = { ok: false, retryable: true, message: 'gone' } as const;

/** A server that never takes `bad`, "lift seq", and remembers each line as "lift seq", with "!" when whole. */
class Server {
  readonly lines: string[] = [];
  readonly bad = new Set<string>();
  readonly failures: AppendResult[] = [];

  write = async (block: LineBlock): Promise<AppendResult> => {
    const failure = this.failures.shift();
    if (failure !== undefined) return failure;
    const texts = block.slice(0, block.count).toString().split('\n');
    const names = texts.map((line) => {
      const [, lift, seq] = /lift=(\w+).*seq=(\d+)i/.exec(line) ?? [];
      return { name: `${lift} ${seq}`, whole: line.includes('clockSuspect=') };
    });
    this.lines.push(...names.map(({ name, whole }) => (whole ? `${name}!` : name)));
    const refused = names.flatMap(({ name }, index) =>
      this.bad.has(name) ? [{ index, reason: 'field type conflict' }] : [],
    );
    return { ok: true, refused, outsideRetention: 0 };
  };
}

describe('SampleWriter', () => {
  const runs = new PointRuns();
  let server: Server;
  let writer: SampleWriter;

  beforeEach(() => {
    runs.clear();
    server = new Server();
    writer = new SampleWriter(runs);
  });

  function batchOf(points: readonly SeriesPoint[]): SampleLines {
    const batch = new SampleLines(runs);
    batch.add(points);
    return batch;
  }

  const write = (batch: SampleLines, points: readonly (SeriesPoint | null)[]) =>
    writer.write(
      batch,
      { keepRefused: () => Promise.resolve(), reread: () => Promise.resolve(points) },
      server.write,
    );

  it('sends a batch lift by lift, and names what is refused by its place among the points', async () => {
    const points = [at('A', 1), at('B', 1), point('a\\b', 0), at('B', 2), at('A', 2)];
    server.bad.add('B 2');
    const result = await write(batchOf(points), points);
    expect(server.lines.slice(0, 4)).toEqual(['A 1!', 'A 2', 'B 1!', 'B 2']);
    expect(result).toMatchObject({ ok: true, refused: [{ index: 2 }, { index: 3 }] });
  });

  it('writes what continued a refused point again, whole, here and in the batch begun before', async () => {
    const first = [at('A', 1), at('A', 2), at('A', 3), at('B', 1)];
    const second = [at('A', 4), at('B', 2)];
    const [one, two] = [batchOf(first), batchOf(second)];
    server.bad.add('A 2');
    expect(await write(one, first)).toMatchObject({ refused: [{ index: 1 }] });
    expect(server.lines.splice(0)).toEqual(['A 1!', 'A 2', 'A 3', 'B 1!', 'A 1!', 'A 3!']);
    expect(one.newest.get('A')?.seq).toBe(3);
    await write(two, second);
    expect(server.lines.splice(0)).toEqual(['A 4', 'B 2', 'A 4!']);
    const third = [at('A', 5), at('A', 6)];
    await write(batchOf(third), third);
    expect(server.lines).toEqual(['A 5!', 'A 6']);
  });

  it('does not take a refused point for the newest, nor ask for one that can no longer be read', async () => {
    const points = [at('A', 1), at('A', 2), at('A', 3)];
    const batch = batchOf(points);
    server.bad.add('A 3');
    await write(batch, [points[0] ?? null, null, points[2] ?? null]);
    expect(server.lines.slice(3)).toEqual(['A 1!']);
    expect(batch.newest.get('A')?.seq).toBe(1);
  });

  it('sends a batch that failed again as it is', async () => {
    const points = [at('A', 1), at('A', 2)];
    const batch = batchOf(points);
    server.failures.push(DOWN);
    expect(await write(batch, points)).toEqual(DOWN);
    expect(await write(batch, points)).toMatchObject({ ok: true, refused: [] });
    expect(server.lines).toEqual(['A 1!', 'A 2']);
  });

  it('fails when what is written again fails, so that all of it comes again', async () => {
    const points = [at('A', 1), at('A', 2)];
    const batch = batchOf(points);
    server.bad.add('A 1');
    const refusing = server.write;
    let calls = 0;
    server.write = (block) => (++calls === 2 ? Promise.resolve(DOWN) : refusing(block));
    expect(await write(batch, points)).toEqual(DOWN);
    expect(await write(batch, points)).toMatchObject({ refused: [{ index: 0 }] });
    expect(server.lines.slice(-1)).toEqual(['A 2!']);
  });
});
