import { createHash } from 'node:crypto';

/**
 * Seeded random numbers (mulberry32): the same parts give the same stream on every machine, so a run can be
 * repeated from its printed seed.
 */
export class Rng {
  private state: number;

  /** `parts` name the stream, e.g. (seed, terminal id): streams with other parts are independent. */
  constructor(...parts: readonly (string | number)[]) {
    this.state = createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE(0);
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform whole number in [low, high], both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Waiting time until the next of events that come `mean` apart on average; same unit as `mean`. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Normal distribution, mean 0. */
  gaussian(deviation: number): number {
    return deviation * Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.next() * from.length)];
    if (chosen === undefined) throw new Error('Rng.pick: nothing to pick from');
    return chosen;
  }

  /** `bytes` random bytes as lower-case hexadecimal digits. */
  hex(bytes: number): string {
    let digits = '';
    for (let byte = 0; byte < bytes; byte++) digits += this.int(0, 255).toString(16).padStart(2, '0');
    return digits;
  }
}
