import { IntakeBounds, type WaitingReader } from './intake-bounds.js';

function bounds(limits: Partial<ConstructorParameters<typeof IntakeBounds>[0]> = {}) {
  let pauses = 0;
  const made = new IntakeBounds(
    { inFlightMax: 4, inFlightMaxBytes: 100, incompleteMaxBytes: 50, ...limits },
    () => {
      pauses += 1;
    },
  );
  return { bounds: made, pauses: () => pauses };
}

describe('IntakeBounds', () => {
  it.each([
    ['messages', 4, 1],
    ['bytes', 1, 100],
  ])('is full at the bound of %s and opens below half', (_name, messages, bytesEach) => {
    const { bounds: made, pauses } = bounds();
    for (let taken = 0; taken < messages; taken += 1) {
      expect(made.full).toBe(false);
      made.take(bytesEach);
    }
    expect(made.full).toBe(true);
    expect(pauses()).toBe(1);
    made.release(messages, messages * bytesEach);
    expect(made.full).toBe(false);
  });

  it('stays full between the bound and half of it', () => {
    const { bounds: made } = bounds();
    for (let taken = 0; taken < 4; taken += 1) made.take(1);
    made.release(1, 1);
    expect(made.full).toBe(true);
    made.release(1, 1);
    expect(made.full).toBe(false);
  });

  it('wakes the waiting in order, and stops waking when they fill it again', () => {
    const { bounds: made } = bounds();
    for (let taken = 0; taken < 4; taken += 1) made.take(1);
    const woken: string[] = [];
    const reader = (name: string): WaitingReader => ({
      wake: () => {
        woken.push(name);
        if (made.full) made.wait(reader(name));
        else for (let taken = 0; taken < 4; taken += 1) made.take(1);
      },
    });
    for (const name of ['a', 'b', 'c']) made.wait(reader(name));
    made.release(4, 4);
    expect(woken).toEqual(['a']);
    made.release(4, 4);
    made.release(4, 4);
    expect(woken).toEqual(['a', 'b', 'c']);
  });

  it('forgets a reader that has gone', () => {
    const { bounds: made } = bounds({ inFlightMax: 1 });
    const gone: WaitingReader = { wake: () => expect(true).toBe(false) };
    made.take(1);
    made.wait(gone);
    made.forget(gone);
    made.release(1, 1);
    expect(made.full).toBe(false);
  });

  it('gives room for incomplete packets up to the bound, and takes it back', () => {
    const { bounds: made } = bounds();
    expect(made.reserve(0, 30)).toBe(true);
    expect(made.reserve(0, 30)).toBe(false);
    expect(made.incompleteBytes).toBe(30);
    expect(made.reserve(30, 50)).toBe(true);
    expect(made.reserve(50, 0)).toBe(true);
    expect(made.incompleteBytes).toBe(0);
  });

  it('reads nothing more once shut', () => {
    const { bounds: made } = bounds();
    made.shut();
    made.release(0, 0);
    expect(made.full).toBe(true);
  });
});
