import type { Clock, Interludes, Metrics } from '#runtime';
import type { SegmentFiles } from './segment-files.js';
import { RECORD_LIMIT_BYTES } from './segment-format.js';

const MIB = 1024 * 1024;

export interface JournalOptions {
  /** Made when missing, with mode 0700. One process at a time: the owner of the data folder sees to that. */
  readonly folder: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** A segment is closed before it grows beyond this; bytes, default 64 MiB. */
  readonly segmentBytes?: number;
  /** Bound of all segments together; bytes, at least twice `segmentBytes`, default 4 GiB. */
  readonly maxBytes?: number;
  /** Newest entries kept in memory for readers, by what they take there; bytes, default 96 MiB. */
  readonly tailBytes?: number;
  /** Largest record; bytes, at most 16 MiB, default 2 MiB. */
  readonly recordMaxBytes?: number;
  /** Bound of what waits for the disk; bytes, default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** One write and fdatasync at most so often, unless 256 KiB wait; ms, default 5, 0 = as the disk goes. */
  readonly groupEveryMs?: number;
  /**
   * With less than this free on the disk telemetry is to be shed; bytes, default 256 MiB, and never more than
   * 5 % of the disk.
   */
  readonly diskReserveBytes?: number;
  /**
   * With these, groups are written in a thread, and heard of in them: a full turn of the loop sooner for the
   * write and one for the sync (decision 0021). Without, by Node's thread pool.
   */
  readonly interludes?: Interludes;
  /** The file system; tests fail it on purpose. Then `interludes` has no effect. */
  readonly files?: SegmentFiles;
}

/** The limits with their defaults. Throws RangeError when they contradict each other. */
export function limitsOf(options: JournalOptions) {
  const limits = {
    segmentBytes: options.segmentBytes ?? 64 * MIB,
    maxBytes: options.maxBytes ?? 4096 * MIB,
    tailBytes: options.tailBytes ?? 96 * MIB,
    recordMaxBytes: options.recordMaxBytes ?? 2 * MIB,
    maxPendingBytes: options.maxPendingBytes ?? 64 * MIB,
    groupEveryMs: options.groupEveryMs ?? 5,
    diskReserveBytes: options.diskReserveBytes ?? 256 * MIB,
  };
  const { segmentBytes, maxBytes, recordMaxBytes } = limits;
  if (maxBytes < 2 * segmentBytes) {
    throw new RangeError(
      `Journal maxBytes (${maxBytes}) must be at least twice segmentBytes (${segmentBytes}): the segment ` +
        'being written is never released, so a smaller journal could stay full for ever.',
    );
  }
  if (recordMaxBytes > RECORD_LIMIT_BYTES) {
    throw new RangeError(`Journal recordMaxBytes (${recordMaxBytes}) must be at most ${RECORD_LIMIT_BYTES}.`);
  }
  return limits;
}
