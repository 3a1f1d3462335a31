import fc from 'fast-check';
import { BootWindow, ENCODED_BYTES_MAX, encodedBytes } from './boot-window.js';

const UINT32_MAX = 4_294_967_295;

/** The window as one would write it without thought for memory: the last of each 1,024 residues. */
class PlainWindow {
  private readonly slots = new Map<number, { readonly seq: number; readonly hash: number }>();

  judge(seq: number, hash: number): string {
    const held = this.slots.get(seq % 1024);
    this.slots.set(seq % 1024, { seq, hash });
    if (held?.seq !== seq) return 'new';
    return held.hash === hash ? 'duplicate' : 'seq-reused';
  }

  forget(seq: number): void {
    if (this.slots.get(seq % 1024)?.seq === seq) this.slots.delete(seq % 1024);
  }
}

const seq = fc.oneof(
  fc.nat({ max: 100 }),
  fc.integer({ min: 1_000, max: 5_000 }),
  fc.nat({ max: UINT32_MAX }),
  fc.constantFrom(0, UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 1_024),
);
const deed = fc.record({ seq, hash: fc.constantFrom(0, 1, UINT32_MAX), forget: fc.nat({ max: 9 }) });

describe('window of a boot', () => {
  it('judges as a plain one does, encoded and decoded anywhere on the way', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 200 }), fc.nat({ max: 200 }), (deeds, at) => {
        const plain = new PlainWindow();
        let window = new BootWindow('b1');
        for (const [index, { seq: number, hash, forget }] of deeds.entries()) {
          if (index === at) window = throughBytes(window);
          if (forget === 0) {
            plain.forget(number);
            window.forget(number);
          } else {
            expect([index, window.judge(number, hash)]).toEqual([index, plain.judge(number, hash)]);
          }
        }
      }),
    );
  });

  it('packs its seqs unless they are very far apart', () => {
    const window = new BootWindow('b1');
    for (let n = 0; n < 1_024; n++) window.judge(n, n);
    expect(encodedBytes(window.encode(Buffer.alloc(ENCODED_BYTES_MAX), 0))).toBe(5 * 1_024);
    window.judge(UINT32_MAX, 1);
    expect(encodedBytes(window.encode(Buffer.alloc(ENCODED_BYTES_MAX), 0))).toBe(8 * 1_024);
    expect(throughBytes(window).judge(UINT32_MAX, 1)).toBe('duplicate');
  });

  it('of a boot that has sent little takes little', () => {
    const window = new BootWindow('b1');
    for (let n = 0; n < 32; n++) window.judge(n, n);
    expect(encodedBytes(window.encode(Buffer.alloc(ENCODED_BYTES_MAX), 0))).toBe(5 * 32);
  });
});

function throughBytes(window: BootWindow): BootWindow {
  window.offsetMs = 7;
  const bytes = Buffer.alloc(3 + ENCODED_BYTES_MAX);
  const decoded = BootWindow.decode(window.encode(bytes, 3), bytes, 3);
  expect([decoded.boot, decoded.offsetMs]).toEqual([window.boot, 7]);
  return decoded;
}
