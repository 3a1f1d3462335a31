import { keysAt, newSecrets, OLD_SECRET_MS, oldUntil, rotated } from './endpoint-secrets.js';

const T0 = 1_777_000_000_000;

describe('secrets of an endpoint', () => {
  it('sign together until the last of the old ones is 24 hours old', () => {
    const first = newSecrets();
    expect(oldUntil(first, T0)).toBeNull();
    const second = rotated(first, T0);
    const third = second && rotated(second, T0 + 1_000);
    if (!third) throw new Error('not rotated');
    const [firstEnds, secondEnds] = [T0 + OLD_SECRET_MS, T0 + 1_000 + OLD_SECRET_MS];
    const held = [T0 + 1_000, firstEnds - 1, firstEnds, secondEnds - 1, secondEnds].map((now) => [
      oldUntil(third, now),
      keysAt(third, now).length,
    ]);
    expect(held).toEqual([
      [secondEnds, 3],
      [secondEnds, 3],
      [secondEnds, 2],
      [secondEnds, 2],
      [null, 1],
    ]);
  });

  it('are at most four at once', () => {
    let secrets = newSecrets();
    for (let turn = 0; turn < 3; turn += 1) {
      const next = rotated(secrets, T0);
      if (next === null) throw new Error(`rotation ${turn + 1} was refused`);
      secrets = next;
    }
    expect(rotated(secrets, T0 + OLD_SECRET_MS - 1)).toBeNull();
    expect(rotated(secrets, T0 + OLD_SECRET_MS)?.old).toHaveLength(1);
  });
});
