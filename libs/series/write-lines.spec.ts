import fc from 'fast-check';
import type { WriteOutcome } from './influx-outcome.js';
import { LineBlock } from './line-block.js';
import { type RequestLimits, writeLines } from './write-lines.js';

const LIMITS: RequestLimits = { lines: 8, bytes: 1_000 };
const CHECK = Buffer.from('check');

function block(lines: readonly string[]): LineBlock {
  const made = new LineBlock(lines.length);
  for (const line of lines) {
    made.raw(Buffer.from(line));
    made.endLine();
  }
  return made;
}

/** A server by the book of 1.x: stores good lines, refuses lines with `bad`, drops those with `old`. */
class FakeServer {
  readonly stored = new Set<string>();
  readonly requests: (readonly string[])[] = [];
  /** Taken first, one a request. */
  script: (WriteOutcome | null)[] = [];

  constructor(
    private readonly answers: { partial: boolean; counts: boolean } = { partial: true, counts: true },
  ) {}

  send = async (body: Buffer): Promise<WriteOutcome> => {
    const lines = body.toString().split('\n');
    this.requests.push(lines);
    const scripted = this.script.shift();
    if (scripted) return scripted;
    const bad = lines.filter((line) => line.startsWith('bad'));
    const old = lines.filter((line) => line.startsWith('old'));
    if (this.answers.partial || bad.length === 0) {
      for (const line of lines) if (!bad.includes(line) && !old.includes(line)) this.stored.add(line);
    }
    const counted = (count: number) => (this.answers.counts ? count : null);
    if (bad.length > 0) return { kind: 'refused', reason: `bad: ${bad[0]}`, dropped: counted(bad.length) };
    if (old.length > 0) return { kind: 'outside-retention', dropped: counted(old.length) };
    return { kind: 'stored' };
  };
}

describe('writeLines', () => {
  it('stores every good line, reports every bad one and counts every old one, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('good', 'good', 'good', 'bad', 'old'), { maxLength: 40 }),
        fc.boolean(),
        fc.boolean(),
        async (kinds, partial, counts) => {
          const lines = kinds.map((kind, index) => `${kind}${index}`);
          const server = new FakeServer({ partial, counts });
          const result = await writeLines(block(lines), CHECK, server.send, LIMITS);
          if (!result.ok) throw new Error(result.message);
          const of = (kind: string) => lines.filter((line) => line.startsWith(kind));
          expect([...result.refused.keys()].map((index) => lines[index]).sort()).toEqual(of('bad').sort());
          expect(result.outsideRetention).toBe(of('old').length);
          expect([...server.stored].filter((line) => line !== 'check').sort()).toEqual(of('good').sort());
          expect(server.requests.length).toBeLessThanOrEqual(6 * lines.length + 2);
        },
      ),
    );
  });

  it('cuts a batch by lines and by size, in order, and sends a line that is too large alone', async () => {
    const server = new FakeServer();
    const lines = Array.from({ length: 20 }, (_, index) =>
      index === 10 ? 'x'.repeat(2_000) : `good${index}`,
    );
    await writeLines(block(lines), CHECK, server.send, LIMITS);
    expect(server.requests.map((request) => request.length)).toEqual([8, 2, 1, 8, 1]);
    expect(server.requests.flat()).toEqual(lines);
    const none = new FakeServer();
    expect(await writeLines(block([]), CHECK, none.send)).toEqual({
      ok: true,
      refused: new Map(),
      outsideRetention: 0,
    });
    expect(none.requests).toEqual([]);
  });

  it('sends at most 5,000 lines in a request unless told otherwise', async () => {
    const server = new FakeServer();
    await writeLines(block(Array.from({ length: 12_000 }, (_, index) => `good${index}`)), CHECK, server.send);
    expect(server.requests.map((request) => request.length)).toEqual([5_000, 5_000, 2_000]);
  });

  it('needs no halving when as many points were dropped as there are lines', async () => {
    const server = new FakeServer();
    const result = await writeLines(block(['bad1', 'bad2', 'bad3', 'bad4']), CHECK, server.send, LIMITS);
    expect(result).toMatchObject({ ok: true });
    expect(server.requests).toHaveLength(3);
  });

  it('gives up at once when the server is not there, also in the middle of a split', async () => {
    const gone = { kind: 'unavailable', message: 'answered 503' } as const;
    for (const before of [0, 1, 3]) {
      const server = new FakeServer({ partial: false, counts: false });
      server.script = [...Array<null>(before).fill(null), gone];
      const lines = ['good1', 'bad2', 'good3', 'bad4'];
      expect(await writeLines(block(lines), CHECK, server.send, LIMITS)).toEqual({
        ok: false,
        message: 'answered 503',
      });
      expect(server.requests).toHaveLength(before + 1);
    }
  });

  const refusal = { kind: 'refused', reason: 'answered 400', dropped: null } as const;
  it('believes no refusal while the check line is refused too', async () => {
    const server = new FakeServer();
    server.script = Array(100).fill(refusal);
    expect(await writeLines(block(['good1', 'good2']), CHECK, server.send, LIMITS)).toEqual({
      ok: false,
      message: 'refuses even a check point: answered 400',
    });
    expect(server.requests.at(-1)).toEqual(['check']);
  });

  it.each([1, 2, 3])(
    'stores good lines that were refused in the first %d requests by mistake',
    async (mistakes) => {
      const server = new FakeServer();
      server.script = Array(mistakes).fill(refusal);
      expect(await writeLines(block(['good1', 'good2']), CHECK, server.send, LIMITS)).toEqual({
        ok: true,
        refused: new Map(),
        outsideRetention: 0,
      });
      expect([...server.stored].filter((line) => line !== 'check').sort()).toEqual(['good1', 'good2']);
    },
  );
});
