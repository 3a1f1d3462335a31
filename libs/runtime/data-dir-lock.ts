import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Another process holds the folder; its message is one line. */
export class DataDirLockedError extends Error {
  override readonly name = 'DataDirLockedError';
}

/**
 * Locks `DATA_DIR` to this process: PGlite would let a second one open the same folder without a word and
 * corrupt it (PITFALLS 35). The lock names the pid and, where the system tells, when that process started, so
 * that a lock left behind by a killed process is not mistaken for a live one whose pid has been given out
 * again.
 */
export class DataDirLock {
  private constructor(private readonly file: string) {}

  /** Makes the folder when it is missing. Throws `DataDirLockedError` when a live process holds it. */
  static acquire(folder: string): DataDirLock {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'lock');
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryCreate(file)) return new DataDirLock(file);
      const holder = readHolder(file);
      if (holder !== null && isAlive(holder)) {
        throw new DataDirLockedError(
          `DATA_DIR ${folder} is in use by process ${holder.pid}: stop that one, or choose another folder`,
        );
      }
      rmSync(file, { force: true });
    }
    throw new DataDirLockedError(`DATA_DIR ${folder} cannot be locked: ${file} keeps coming back`);
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string | null;
}

function tryCreate(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, `${process.pid} ${processStart(process.pid) ?? ''}\n`);
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): Holder | null {
  try {
    const [pid, startedAt] = readFileSync(file, 'utf8').trim().split(' ');
    return pid && /^\d+$/.test(pid) ? { pid: Number(pid), startedAt: startedAt || null } : null;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.pid === process.pid) return holder.startedAt === processStart(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const startedAt = processStart(holder.pid);
  return holder.startedAt === null || startedAt === null || holder.startedAt === startedAt;
}

/** When the process started, in clock ticks since boot; null where /proc does not tell. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22, counted behind the command's closing parenthesis, which may itself hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
