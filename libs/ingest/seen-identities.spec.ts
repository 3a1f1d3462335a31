import fc from 'fast-check';
import type { Origin } from '#protocol';
import { SeenIdentities } from './seen-identities.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 5, 8);

function numbered(seq: number, boot = 'b1', id: string | null = null): Origin {
  return { boot, seq, id, at: NOW, stored: false };
}

describe('numbered items', () => {
  it('knows the last 1,024 of a boot, in whatever order they come', () => {
    const seen = new SeenIdentities();
    for (let seq = 0; seq < 3_000; seq++) expect(seen.judge('T1', numbered(seq), 7)).toBe('new');
    for (let seq = 3_000 - 1_024; seq < 3_000; seq++) {
      expect(seen.judge('T1', numbered(seq), 7)).toBe('duplicate');
    }
    expect(seen.judge('T1', numbered(3_000 - 1_025), 7)).toBe('new');
  });

  it('grows from its small window without forgetting', () => {
    const seen = new SeenIdentities();
    const seqs = [5, 5 + 32, 5 + 64, 31, 6 + 320];
    for (const seq of seqs) expect(seen.judge('T1', numbered(seq), seq)).toBe('new');
    for (const seq of seqs) expect(seen.judge('T1', numbered(seq), seq)).toBe('duplicate');
  });

  it('takes a used number with other content for a new message, once', () => {
    const seen = new SeenIdentities();
    expect(seen.judge('T1', numbered(5), 1)).toBe('new');
    expect(seen.judge('T1', numbered(5), 2)).toBe('seq-reused');
    expect(seen.judge('T1', numbered(5), 2)).toBe('duplicate');
  });

  it('keeps boots and terminals apart; a restart at 0 is never old', () => {
    const seen = new SeenIdentities();
    expect(seen.judge('T1', numbered(0, 'b1'), 1)).toBe('new');
    expect(seen.judge('T1', numbered(0, 'b2'), 1)).toBe('new');
    expect(seen.judge('T2', numbered(0, 'b1'), 1)).toBe('new');
    expect(seen.judge('T1', numbered(0, 'b1'), 1)).toBe('duplicate');
  });

  it('remembers four boots', () => {
    const seen = new SeenIdentities();
    for (const boot of ['b1', 'b2', 'b3', 'b4']) seen.judge('T1', numbered(9, boot), 1);
    expect(seen.judge('T1', numbered(9, 'b1'), 1)).toBe('duplicate');
    seen.judge('T1', numbered(9, 'b5'), 1);
    expect(seen.judge('T1', numbered(9, 'b2'), 1)).toBe('duplicate');
    expect(seen.judge('T1', numbered(9, 'b1'), 1)).toBe('new');
  });

  it('knows an event by its id within its boot', () => {
    const seen = new SeenIdentities();
    expect(seen.judge('T1', numbered(1, 'b1', 'e1'), 1)).toBe('new');
    expect(seen.judge('T1', numbered(77, 'b1', 'e1'), 1)).toBe('duplicate');
    expect(seen.judge('T1', numbered(1, 'b2', 'e1'), 1)).toBe('new');
    for (let n = 2; n <= 257; n++) seen.judge('T1', numbered(n, 'b1', `e${n}`), 1);
    expect(seen.judge('T1', numbered(9_000, 'b1', 'e1'), 1)).toBe('new');
  });

  it('forgets what did not become durable', () => {
    const seen = new SeenIdentities();
    for (const origin of [numbered(5), numbered(6, 'b1', 'e6')]) {
      expect(seen.judge('T1', origin, 1)).toBe('new');
      seen.forget('T1', origin);
      expect(seen.judge('T1', origin, 1)).toBe('new');
      expect(seen.judge('T1', origin, 1)).toBe('duplicate');
    }
    seen.forget('nobody', numbered(1));
  });
});

describe('unnumbered messages', () => {
  it('are the same for ten minutes from the first', () => {
    const seen = new SeenIdentities();
    expect(seen.judgeUnnumbered('T1', 'k', NOW)).toBe('new');
    expect(seen.judgeUnnumbered('T1', 'k', NOW + 600_000)).toBe('duplicate');
    expect(seen.judgeUnnumbered('T1', 'k', NOW + 600_001)).toBe('new');
    expect(seen.judgeUnnumbered('T2', 'k', NOW)).toBe('new');
    seen.forgetUnnumbered('T2', 'k');
    expect(seen.judgeUnnumbered('T2', 'k', NOW)).toBe('new');
  });

  it('are bounded: 1,024 a terminal, and none older than the window', () => {
    const seen = new SeenIdentities();
    for (let n = 0; n < 1_500; n++) seen.judgeUnnumbered('T1', `k${n}`, NOW);
    // The oldest went; asking for it makes it the newest, and the next oldest goes.
    expect(seen.judgeUnnumbered('T1', 'k476', NOW)).toBe('duplicate');
    expect(seen.judgeUnnumbered('T1', 'k475', NOW)).toBe('new');
    expect(seen.judgeUnnumbered('T1', 'k476', NOW)).toBe('new');
    const full = bytesOf(seen).length;
    seen.judgeUnnumbered('T1', 'later', NOW + 600_001);
    expect(bytesOf(seen).length).toBeLessThan(full / 100);
  });
});

describe('offset of a boot', () => {
  it('is fixed by its first live message, and that alone', () => {
    const seen = new SeenIdentities();
    const at = (ms: number, stored = false): Origin => ({ ...numbered(1), at: ms, stored });
    expect(seen.offsetMs('T1', at(NOW - 2 * DAY, true), NOW)).toBe(0);
    expect(seen.offsetMs('T1', at(1_000), NOW)).toBe(NOW - 1_000);
    expect(seen.offsetMs('T1', at(NOW), NOW + 5_000)).toBe(NOW - 1_000);
    expect(seen.offsetMs('T1', { ...at(NOW), boot: 'b2' }, NOW)).toBe(0);
    expect(seen.offsetMs('T1', { ...at(1_000), boot: null }, NOW)).toBe(0);
  });
});

describe('snapshot', () => {
  const origin = fc.record({
    boot: fc.constantFrom('b1', 'b2', 'b3', 'b4', 'b5', null),
    seq: fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 4_294_967_295 }), fc.constant(null)),
    id: fc.constantFrom(null, null, 'e1', 'e2'),
    at: fc.constantFrom(NOW, 1_000),
    stored: fc.boolean(),
  });
  const judged = fc.array(fc.tuple(fc.constantFrom('T1', 'T2'), origin, fc.nat({ max: 2 })));
  const judge = (seen: SeenIdentities, all: readonly (readonly [string, Origin, number])[]) =>
    all.map(([terminal, from, hash]) => [
      seen.judge(terminal, from, hash),
      seen.judgeUnnumbered(terminal, `k${hash}`, NOW),
      seen.offsetMs(terminal, from, NOW),
    ]);

  it('restored, judges as if nothing had happened', () => {
    fc.assert(
      fc.property(judged, judged, (before, after) => {
        const seen = new SeenIdentities();
        judge(seen, before);
        const restored = restoredFrom(seen);
        expect(judge(restored, after)).toEqual(judge(seen, after));
        expect(bytesOf(restored).equals(bytesOf(seen))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('that knew later messages, judges as if it had not, once they were judged again', () => {
    fc.assert(
      fc.property(judged, judged, judged, (before, between, after) => {
        const seen = new SeenIdentities();
        judge(seen, before);
        judge(seen, between);
        const ahead = restoredFrom(seen);
        judge(ahead, between);
        expect(judge(ahead, after).map(([verdict]) => verdict)).toEqual(
          judge(seen, after).map(([verdict]) => verdict),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('is made of blocks of bounded size, and takes five bytes a seq', () => {
    const seen = new SeenIdentities();
    for (let terminal = 0; terminal < 200; terminal++) {
      for (let seq = 500; seq < 1_600; seq++) seen.judge(`T${terminal}`, numbered(seq), seq);
    }
    const sizes = Array.from(seen.blocks(), ({ length }) => length);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
    expect(bytesOf(seen).length).toBeLessThan(200 * 5.2 * 1_024);
    const restored = restoredFrom(seen);
    expect(restored.judge('T7', numbered(1_000), 1_000)).toBe('duplicate');
    expect(restored.judge('T7', numbered(575), 575)).toBe('new');
    restored.clear();
    expect(restored.judge('T7', numbered(1_001), 1_001)).toBe('new');
  });

  it('of a machine of the other byte order is refused', () => {
    const seen = new SeenIdentities();
    seen.judge('T1', numbered(1), 1);
    const block = Buffer.from(
      bytesOf(seen)
        .toString('latin1')
        .replace(/"order":".E"/, '"order":"??"'),
      'latin1',
    );
    expect(() => new SeenIdentities().restore(block)).toThrow(/the windows are \?\?/);
  });
});

function bytesOf(seen: SeenIdentities): Buffer {
  return Buffer.concat(Array.from(seen.blocks(), (block) => Buffer.from(block)));
}

function restoredFrom(seen: SeenIdentities): SeenIdentities {
  const restored = new SeenIdentities();
  for (const block of seen.blocks()) restored.restore(block);
  return restored;
}
