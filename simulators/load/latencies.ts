import { build, type Histogram } from 'hdr-histogram-js';

/** Ten minutes; what takes longer counts as that. */
const MAX_MICROS = 600_000_000;

/** Milliseconds, with two digits behind the point. */
export interface Percentiles {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A distribution of durations, 0.1 % exact, from a microsecond to ten minutes. */
export class Latencies {
  private readonly histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_MICROS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  get count(): number {
    return this.histogram.totalCount;
  }

  /** A duration in ms, so many times. */
  add(ms: number, times = 1): void {
    const micros = Math.min(MAX_MICROS, Math.max(1, Math.round(ms * 1_000)));
    this.histogram.recordValueWithCount(micros, times);
  }

  /** A percentile, 0–100, in ms; 0 when nothing was added. */
  at(percentile: number): number {
    return this.count === 0 ? 0 : rounded(this.histogram.getValueAtPercentile(percentile));
  }

  /** Null when nothing was added. */
  summary(): Percentiles | null {
    if (this.count === 0) return null;
    return {
      count: this.count,
      min: rounded(this.histogram.minNonZeroValue),
      p50: this.at(50),
      p90: this.at(90),
      p99: this.at(99),
      p999: this.at(99.9),
      max: rounded(this.histogram.maxValue),
    };
  }
}

function rounded(micros: number): number {
  return Math.round(micros / 10) / 100;
}
