import { Metrics } from '#runtime';
import { settle } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { READER_LAG_MAX, ReaderPressure } from './reader-pressure.js';

class Reader {
  lag = 0;
  stalled = false;

  constructor(
    private readonly pressure: ReaderPressure,
    private readonly name = 'series',
  ) {
    pressure.watch(name, { lag: () => this.lag, stalled: () => this.stalled });
    pressure.changed(name);
  }

  /** It commits, or fails to, and is then so far behind. */
  moves(lag: number, stalled = false): void {
    this.lag = lag;
    this.stalled = stalled;
    this.pressure.changed(this.name);
  }
}

function pressed() {
  const pressure = new ReaderPressure(new IngestMetrics(new Metrics()));
  return { pressure, reader: new Reader(pressure) };
}

describe('ReaderPressure', () => {
  it('lets everything pass up to the bound, and waits beyond it until the reader has caught up', async () => {
    const { pressure, reader } = pressed();
    reader.lag = READER_LAG_MAX;
    expect(pressure.room()).toBeNull();
    reader.lag += 1;
    let passed = false;
    const waiting = pressure.room()?.then(() => {
      passed = true;
    });
    reader.moves(READER_LAG_MAX + 1);
    await settle();
    expect(passed).toBe(false);
    reader.moves(READER_LAG_MAX);
    await waiting;
    expect(passed).toBe(true);
  });

  it('lets nobody overtake who waits, though there is room again', async () => {
    const { pressure, reader } = pressed();
    const order: string[] = [];
    reader.lag = READER_LAG_MAX + 1;
    const first = pressure.room()?.then(() => order.push('first'));
    reader.lag = 0;
    const second = pressure.room()?.then(() => order.push('second'));
    expect(second).toBeDefined();
    reader.moves(0);
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(pressure.room()).toBeNull();
  });

  it('lets those who wait go one by one, and only as long as there is room', async () => {
    const { pressure, reader } = pressed();
    reader.lag = READER_LAG_MAX + 1;
    const passed: number[] = [];
    for (const n of [1, 2, 3, 4]) {
      void pressure.room()?.then(async () => {
        // As an append that is refused: it is known some microtasks later.
        await Promise.resolve();
        passed.push(n);
        if (n !== 2) reader.lag = READER_LAG_MAX + 1;
      });
    }
    for (const expected of [[1], [1, 2, 3], [1, 2, 3, 4]]) {
      reader.moves(READER_LAG_MAX);
      for (let turn = 0; turn < 4; turn++) await settle();
      expect(passed).toEqual(expected);
    }
  });

  it('waits for no reader whose store is down, and lets those go who waited for it', async () => {
    const { pressure, reader } = pressed();
    reader.lag = READER_LAG_MAX + 1;
    const waiting = pressure.room();
    expect(waiting).not.toBeNull();
    reader.moves(READER_LAG_MAX + 1, true);
    await waiting;
    reader.lag = 10_000_000;
    expect(pressure.room()).toBeNull();
  });

  it('does not wait for the backlog of an outage while it shrinks, only when it grows', () => {
    const { pressure, reader } = pressed();
    reader.moves(10_000_000, true);
    reader.moves(10_000_000);
    for (let lag = 10_000_000; lag > 1_000_000; lag -= 500_000) {
      reader.moves(lag);
      expect(pressure.room()).toBeNull();
    }
    // More comes than it writes.
    reader.moves(1_500_000 + READER_LAG_MAX + 1);
    expect(pressure.room()).not.toBeNull();
  });

  it('waits for every reader', () => {
    const { pressure } = pressed();
    const detection = new Reader(pressure, 'detection');
    detection.lag = READER_LAG_MAX + 1;
    expect(pressure.room()).not.toBeNull();
  });
});
