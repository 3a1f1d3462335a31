import { readFileSync } from 'node:fs';

const PROC_STAT = '/proc/stat';
/** Columns of the line `cpu`: user, nice, system, idle, iowait, irq, softirq, steal. */
const STEAL = 7;
const COUNTED = 8;

interface Ticks {
  readonly stolen: number;
  readonly all: number;
}

/**
 * Asks the system how much of this machine's time another machine on the same host took since the last look:
 * a share from 0 to 1. A delay in that time says nothing of the code. Linux only.
 */
export function stolenTime(read: () => string = () => readFileSync(PROC_STAT, 'utf8')): () => number {
  let before = ticksOf(read());
  return () => {
    const now = ticksOf(read());
    const all = now.all - before.all;
    const share = all === 0 ? 0 : (now.stolen - before.stolen) / all;
    before = now;
    return share;
  };
}

function ticksOf(stat: string): Ticks {
  const [, line] = /^cpu +(.*)$/m.exec(stat) ?? [];
  if (line === undefined) throw new Error(`${PROC_STAT} has no line "cpu"; this bench wants Linux`);
  const columns = line.split(' ').map(Number).slice(0, COUNTED);
  return { stolen: columns[STEAL] ?? 0, all: columns.reduce((sum, each) => sum + each, 0) };
}
