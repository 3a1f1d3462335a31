import type { DiskRoom, SegmentFiles } from './segment-files.js';

/**
 * Why telemetry is to be shed: `nearly-full` = 90 % of `maxBytes` are taken, some reader or the snapshot does
 * not get on; `disk-nearly-full` = less than `diskReserveBytes` are free; `no-space` = the last write met a
 * full disk. Events still go to `append`, which refuses them when there is really no room.
 */
export type JournalPressure = 'nearly-full' | 'disk-nearly-full' | 'no-space';

/** A small disk is not reserved away: at most this part of it. */
const RESERVE_PART_MAX = 0.05;

/**
 * How much room the disk still has, looked at once a second: the last part is kept for events, for the
 * snapshot that lets segments go, and for the stores beside the journal.
 */
export class RoomWatch {
  private room: DiskRoom | null = null;
  private metFullDisk = false;

  constructor(
    private readonly files: SegmentFiles,
    private readonly folder: string,
    private readonly reserveBytes: number,
  ) {}

  /** As of the last look; null where the file system does not tell. */
  get freeBytes(): number | null {
    return this.room?.freeBytes ?? null;
  }

  /** Less than the reserve is left. */
  get isLow(): boolean {
    if (this.room === null) return false;
    const { freeBytes, totalBytes } = this.room;
    return freeBytes < Math.min(this.reserveBytes, totalBytes * RESERVE_PART_MAX);
  }

  /** The last write met a full disk, and nothing has been written since. */
  get isFull(): boolean {
    return this.metFullDisk;
  }

  noteFull(): void {
    this.metFullDisk = true;
  }

  noteWritten(): void {
    this.metFullDisk = false;
  }

  /**
   * Looks again. When there seems to be room a full disk is forgotten, so that it is tried again even though
   * nobody who must write came meanwhile; a quota, which no look shows, then answers that try.
   */
  async look(): Promise<void> {
    try {
      this.room = await this.files.room(this.folder);
    } catch {
      // Not knowing is not being full; a write says more.
      this.room = null;
    }
    if (!this.isLow) this.metFullDisk = false;
  }
}
