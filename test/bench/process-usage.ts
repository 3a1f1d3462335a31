import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MICROS = 1_000_000;
const KIB_A_MIB = 1_024;
const LOOK_MS = 1_000;
const LOOKS_A_MINUTE = 60;

/** Clock ticks a second of `/proc`; 100 wherever Linux runs, but the system knows. */
const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of a process and all its threads, living and ended, in microseconds. Linux only. */
export function cpuMicros(pid: number): number {
  return (cpuTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) / TICKS_A_SECOND) * MICROS;
}

/** `utime` and `stime` of a `/proc/PID/stat`; the name before them may hold anything, brackets too. */
export function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Resident memory, MiB. */
export function rssMb(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error(`process ${pid} says nothing of its memory; has it ended?`);
  return Math.round(Number(kib) / KIB_A_MIB);
}

/** The memory of a process, looked at each second. */
export class MemoryByMinute {
  private readonly looks: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  start(pid: number): void {
    this.timer = setInterval(() => this.looks.push(rssMb(pid)), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The most of each minute that was looked at for a whole one, MiB. */
  whole(): readonly number[] {
    const minutes = Math.floor((this.looks.length + 1) / LOOKS_A_MINUTE);
    return Array.from({ length: minutes }, (_, n) =>
      Math.max(...this.looks.slice(n * LOOKS_A_MINUTE, (n + 1) * LOOKS_A_MINUTE)),
    );
  }
}

/** The platform's process, by the lock it holds on its folder. */
export function processIn(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0]);
}

/** The child of this process whose command line holds `text`. Throws when there is not just one. */
export function childWith(text: string): number {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
      return Number(parent) === process.pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
  if (found.length !== 1)
    throw new Error(`${found.length} children of this process have "${text}" in their call`);
  return Number(found[0]);
}
