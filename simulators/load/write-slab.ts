const SLAB_BYTES = 1 << 20;

/**
 * Memory for what is about to be written to sockets, taken from the front of a slab. A new slab for every
 * megabyte costs page faults, so what the kernel took at once is given back.
 */
export class WriteSlab {
  buffer: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private at = 0;

  /** Where `bytes` bytes of `buffer` may be written now. */
  begin(bytes: number): number {
    if (this.at + bytes > this.buffer.length) {
      this.buffer = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
      this.at = 0;
    }
    return this.at;
  }

  /** `buffer` up to `end` is in use from now on. */
  keep(end: number): void {
    this.at = end;
  }
}
