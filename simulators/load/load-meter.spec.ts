import { LoadMeter } from './load-meter.js';

describe('the meter', () => {
  it('measures what was due since it began, and counts everything', () => {
    const meter = new LoadMeter();
    meter.settled(10, 20);
    meter.begin(100);
    for (const [dueAt, now] of [
      [90, 101],
      [100, 102],
      [100, 102],
      [101, 106],
    ] as const)
      meter.settled(dueAt, now);
    meter.missed(95, 200);
    meter.missed(150, 200);
    meter.addPending();
    expect([meter.acked, meter.measured]).toEqual([5, 3]);
    expect(meter.latencies.summary()).toMatchObject({ count: 4, min: 2, p50: 2 });
    expect(meter.latencies.at(100)).toBeCloseTo(50, 0);
  });

  it('counts QoS 0 as sent', () => {
    const meter = new LoadMeter();
    meter.sent(7);
    meter.begin(0);
    meter.sent(5);
    expect([meter.acked, meter.measured, meter.latencies.count]).toEqual([12, 5, 0]);
  });
});
