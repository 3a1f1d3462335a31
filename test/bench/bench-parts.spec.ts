import { matchFaults } from './match-faults.js';
import { cpuMicros, cpuTicks, rssMb } from './process-usage.js';
import { rounded, spreadOf } from './spread.js';
import { stolenTime } from './stolen-time.js';

describe('the parts of a bench', () => {
  it.each([
    [[3], 3, 3, 3],
    [[9, 1, 5], 5, 1, 9],
    [[4, 1, 2, 8], 3, 1, 8],
  ])('the median and spread of %j', (values, median, min, max) => {
    expect(spreadOf(values)).toEqual({ median, min, max });
  });

  it('has no median of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
    expect(rounded(1 / 3, 2)).toBe(0.33);
  });

  it('reads CPU time behind whatever a process calls itself', () => {
    expect(cpuTicks('7 (a) b (c) S 1 7 7 0 -1 4194560 10 0 0 0 250 33 0 0 20 0 11 0 100')).toBe(283);
    const before = cpuMicros(process.pid);
    const until = performance.now() + 60;
    while (performance.now() < until);
    expect(cpuMicros(process.pid)).toBeGreaterThan(before);
    expect(rssMb(process.pid)).toBeGreaterThan(10);
  });

  it('says what share of the time between two looks the host gave to others', () => {
    const looks = [
      'cpu  100 0 50 800 10 0 5 35 7 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n',
      'cpu  160 0 60 820 10 0 5 45 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n',
      'cpu  260 0 60 820 10 0 5 45 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n',
    ];
    const stolen = stolenTime(() => looks.shift() ?? '');
    expect(stolen()).toBe(0.1);
    expect(stolen()).toBe(0);
    expect(stolen).toThrow(/no line "cpu"/);
  });

  it('matches faults one to one, by lift, kind and time', () => {
    const fault = (lift: string, at: number) => ({ lift, kind: 'entrapment' as const, at });
    const listed = (lift: string, at: number) => ({
      ...{ lift, kind: 'entrapment' },
      raisedAt: new Date(at).toISOString(),
    });
    const scripted = [fault('L1', 1), fault('L1', 2), fault('L2', 1), fault('L2', 9)];
    const expected = scripted.slice(0, 3);
    const match = (...there: ReturnType<typeof listed>[]) => matchFaults(expected, scripted, there);
    const all = [listed('L1', 1), listed('L1', 2), listed('L2', 1)];
    expect(match(...all)).toEqual({ expected: 3, found: 3, unexpected: 0, notFound: [] });
    expect(match(...all.slice(1))).toMatchObject({ found: 2, notFound: [fault('L1', 1)] });
    expect(match(...all, listed('L2', 9))).toMatchObject({ found: 3, unexpected: 0 });
    expect(match(...all, listed('L2', 9), listed('L2', 9))).toMatchObject({ unexpected: 1 });
    expect(match(...all, listed('L1', 1), listed('L3', 1))).toMatchObject({ found: 3, unexpected: 2 });
  });
});
