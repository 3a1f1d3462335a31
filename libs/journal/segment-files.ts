import { constants, type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { NotSyncedError } from './journal-errors.js';
import type { SyncThread } from './sync-thread.js';

/** One open segment file. Positions and lengths in bytes. Every method rejects with Node's system error. */
export interface SegmentFile {
  /** Fills `target` from `position` on; resolves with the bytes read, fewer only at the end of the file. */
  read(target: Buffer, position: number): Promise<number>;
  /** Writes all of `source`, or rejects, and then any part of it may be in the file. */
  write(source: Buffer, position: number): Promise<void>;
  /** `write`, then `datasync`. Rejects as `write` does, or with NotSyncedError. */
  writeDurably(source: Buffer, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** fdatasync: content and size are on the disk when it resolves. */
  datasync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Of the file system that holds a folder. */
export interface DiskRoom {
  /** Bytes that this process may still use. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The file system as the journal sees it. A port, so that tests can fail the Nth write or fsync. */
export abstract class SegmentFiles {
  abstract makeFolder(folder: string): Promise<void>;
  abstract list(folder: string): Promise<readonly string[]>;
  /** Makes a new file for reading and writing; rejects with EEXIST when there is one. */
  abstract create(path: string): Promise<SegmentFile>;
  abstract open(path: string, access: 'read' | 'write'): Promise<SegmentFile>;
  abstract remove(path: string): Promise<void>;
  /** Puts `from` in the place of `to`, whole: a crash leaves the one or the other under that name. */
  abstract rename(from: string, to: string): Promise<void>;
  /** Null where the file system does not tell; quotas it never tells. */
  abstract room(folder: string): Promise<DiskRoom | null>;
  /** fsync of the folder itself: without it a power cut can take a new file's name. */
  abstract syncFolder(folder: string): Promise<void>;
  /** Ends what it keeps running; its files are closed before. */
  async close(): Promise<void> {}
}

/** `SegmentFile.writeDurably` in two steps. */
export async function writeThenSync(
  file: Pick<SegmentFile, 'write' | 'datasync'>,
  source: Buffer,
  position: number,
): Promise<void> {
  await file.write(source, position);
  try {
    await file.datasync();
  } catch (cause) {
    throw new NotSyncedError('The bytes were written and not synced.', { cause });
  }
}

class NodeSegmentFile implements SegmentFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly thread: SyncThread | null,
  ) {}

  async read(target: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.handle.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(source: Buffer, position: number): Promise<void> {
    let done = 0;
    // A nearly full disk writes a part and reports ENOSPC only on the next call.
    while (done < source.length) {
      const { bytesWritten } = await this.handle.write(source, done, source.length - done, position + done);
      done += bytesWritten;
    }
  }

  async writeDurably(source: Buffer, position: number): Promise<void> {
    if (this.thread === null) await writeThenSync(this, source, position);
    else await this.thread.write(this.handle.fd, source, position);
  }

  async truncate(size: number): Promise<void> {
    await this.handle.truncate(size);
  }

  async datasync(): Promise<void> {
    await this.handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

/** The real file system. Files are 0600: a message may name people. */
export class NodeSegmentFiles extends SegmentFiles {
  /** With `thread`, `writeDurably` is done there; it ends with `close`. */
  constructor(private readonly thread: SyncThread | null = null) {
    super();
  }

  async makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }

  async list(folder: string): Promise<readonly string[]> {
    return readdir(folder);
  }

  async create(path: string): Promise<SegmentFile> {
    this.thread?.start();
    return new NodeSegmentFile(await open(path, CREATE, 0o600), this.thread);
  }

  async open(path: string, access: 'read' | 'write'): Promise<SegmentFile> {
    if (access === 'write') this.thread?.start();
    return new NodeSegmentFile(await open(path, access === 'read' ? 'r' : 'r+'), this.thread);
  }

  async remove(path: string): Promise<void> {
    await unlink(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  async room(folder: string): Promise<DiskRoom | null> {
    const { bavail, blocks, bsize } = await statfs(folder);
    return blocks > 0 ? { freeBytes: bavail * bsize, totalBytes: blocks * bsize } : null;
  }

  async syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  override async close(): Promise<void> {
    await this.thread?.close();
  }
}
