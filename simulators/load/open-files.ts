import { execFileSync } from 'node:child_process';
import { CommandError } from '../command-line.js';

/** Files a generator has open beside its connections: standard streams, ledger, event loop, Node's own. */
const BESIDE = 64;

/** `ulimit -n` of this process (Node raises it to the hard limit when it starts); null = without limit. */
export function openFilesMax(): number | null {
  const text = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** Throws a `CommandError` when so many connections need more open files than there may be. */
export function requireOpenFiles(connections: number, max: number | null): void {
  const needed = connections + BESIDE;
  if (max === null || needed <= max) return;
  throw new CommandError(
    `${connections} connections need ${needed} open files, and ulimit -n is ${max}: ` +
      `raise it (ulimit -n ${needed}) or use fewer terminals (--terminals)`,
  );
}
