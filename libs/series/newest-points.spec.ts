import { NewestPoints } from './newest-points.js';
import { point } from './series-points.fixture.js';

describe('NewestPoints', () => {
  it('knows nothing until the store was asked, also of what is appended', () => {
    const newest = new NewestPoints();
    expect(newest.get('L1', 0)).toBeUndefined();
    newest.appended([point('L1', 1)]);
    expect(newest.get('L1', 0)).toBeUndefined();
  });

  it('stays true in the process that writes: greater or equal times replace, older ones do not', () => {
    const newest = new NewestPoints();
    newest.appended([]);
    newest.learn('L1', point('L1', 5), newest.mark, 0);
    newest.learn('L2', null, newest.mark, 0);
    newest.appended([point('L1', 4, { seq: 4 }), point('L2', 1), point('L3', 1)]);
    expect(newest.get('L1', 1e9)?.seq).toBe(1);
    expect(newest.get('L2', 1e9)).toEqual(point('L2', 1));
    newest.appended([point('L1', 5, { seq: 5 }), point('L1', 4, { seq: 6 })]);
    expect(newest.get('L1', 1e9)?.seq).toBe(5);
  });

  it('stands for two seconds in a process that does not write', () => {
    const newest = new NewestPoints();
    newest.learn('L1', point('L1', 5), newest.mark, 1_000);
    newest.learn('L2', null, newest.mark, 1_000);
    expect(newest.get('L1', 3_000)).toEqual(point('L1', 5));
    expect(newest.get('L2', 3_000)).toBeNull();
    expect(newest.get('L1', 3_001)).toBeUndefined();
    expect(newest.get('L2', 3_001)).toBeUndefined();
  });

  it('does not keep an answer that may be older than an append', () => {
    const newest = new NewestPoints();
    newest.appended([]);
    const { mark } = newest;
    newest.appended([point('L1', 9)]);
    newest.learn('L1', point('L1', 5), mark, 0);
    expect(newest.get('L1', 0)).toBeUndefined();
  });

  it('keeps at most 100,000 lifts', () => {
    const newest = new NewestPoints();
    for (let lift = 0; lift <= 100_000; lift++) newest.learn(`L${lift}`, null, newest.mark, 0);
    expect(newest.get('L0', 0)).toBeUndefined();
    expect(newest.get('L1', 0)).toBeNull();
    expect(newest.get('L100000', 0)).toBeNull();
  });
});
