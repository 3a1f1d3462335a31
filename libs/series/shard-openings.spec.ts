import type { AppendResult } from './series.store.js';
import { ShardOpenings, shardSpan } from './shard-openings.js';

const TAKEN = { ok: true, refused: [], outsideRetention: 0 } as const;
const DOWN = { ok: false, retryable: true, message: 'gone' } as const;
const REFUSED = { ...TAKEN, refused: [{ index: 0, reason: 'conflict' }] };

describe('ShardOpenings', () => {
  let now: number;
  let openings: ShardOpenings;
  let underWay: string[];
  let finish: Map<string, (result: AppendResult | Error) => void>;

  beforeEach(() => {
    now = 1_000_000;
    openings = new ShardOpenings(() => now);
    underWay = [];
    finish = new Map();
  });

  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  /** A request of that name, which lasts until `end`. */
  async function begin(name: string, ...spans: number[]): Promise<{ readonly answer: Promise<unknown> }> {
    const answer = openings.run(new Set(spans), () => {
      underWay.push(name);
      return new Promise<AppendResult>((resolve, reject) => {
        finish.set(name, (result) => {
          underWay = underWay.filter((each) => each !== name);
          if (result instanceof Error) reject(result);
          else resolve(result);
        });
      });
    });
    // Heard by whoever asks for it.
    answer.catch(() => undefined);
    await turns();
    return { answer };
  }

  async function end(name: string, result: AppendResult | Error = TAKEN): Promise<void> {
    finish.get(name)?.(result);
    await turns();
  }

  async function opened(span: number): Promise<void> {
    await begin('opening', span);
    await end('opening');
  }

  it('lets the first request to a span finish before another begins, then lets them overlap', async () => {
    await begin('first', 1);
    await begin('second', 1);
    expect(underWay).toEqual(['first']);
    await end('first');
    await begin('third', 1);
    expect(underWay).toEqual(['second', 'third']);
  });

  it('lets a request to a span that is not open wait for all others, and those behind it wait for it', async () => {
    await opened(1);
    await begin('open', 1);
    await begin('fresh', 1, 2);
    await begin('behind', 1);
    expect(underWay).toEqual(['open']);
    await end('open');
    expect(underWay).toEqual(['fresh']);
    await end('fresh');
    await begin('both', 2);
    expect(underWay).toEqual(['behind', 'both']);
  });

  it('takes a span for closed that was not written for half a minute', async () => {
    await opened(1);
    now += 30_001;
    await begin('second', 1);
    await begin('third', 1);
    expect(underWay).toEqual(['second']);
  });

  it.each([
    ['did not answer', DOWN],
    ['failed', new Error('broken')],
  ])('takes all spans for closed when a request %s, and goes on', async (_what, result) => {
    await opened(1);
    const { answer } = await begin('second', 1);
    await end('second', result);
    if (result instanceof Error) await expect(answer).rejects.toThrow('broken');
    else await expect(answer).resolves.toBe(result);
    await begin('third', 1);
    await begin('fourth', 1);
    expect(underWay).toEqual(['third']);
  });

  it('does not take a span for open of which a point was refused', async () => {
    await begin('first', 1);
    await end('first', REFUSED);
    await begin('second', 1);
    await begin('third', 1);
    expect(underWay).toEqual(['second']);
  });

  it('knows the half hour of a time, before 1970 too', () => {
    expect([0, 1_799_999, 1_800_000, -1].map(shardSpan)).toEqual([0, 0, 1, -1]);
  });
});
