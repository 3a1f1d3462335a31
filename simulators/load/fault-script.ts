import { open, readFile } from 'node:fs/promises';
import type { FaultKind } from '#protocol';
import { CommandError } from '../command-line.js';
import { bootNumberOf, LOOPS_A_BOOT, type Morning, timeOf } from './morning.js';
import { LOOP_STEPS } from './morning-life.js';
import { holdsSeq, type SeqRanges } from './seq-ranges.js';

/** One scripted fault of every loop of a terminal. */
export interface FaultLine {
  readonly terminal: string;
  readonly lift: string;
  readonly kind: FaultKind;
  readonly begunStep: number;
  readonly decidedStep: number;
}

/** What the played morning holds, written before its first message is sent. */
export interface FaultScriptFile {
  readonly startAt: number;
  readonly seed: number;
  readonly faults: readonly FaultLine[];
}

/** A fault the platform must know of: its lift, its kind, and when it began by the terminal's clock, ms. */
export interface ExpectedFault {
  readonly lift: string;
  readonly kind: FaultKind;
  readonly at: number;
}

/** The faults of a morning, one a loop, by the terminals that play it. */
export function scriptOf(
  morning: Morning,
  terminals: readonly { readonly id: string; readonly lift: string }[],
): readonly FaultLine[] {
  return terminals.flatMap(({ id: terminal, lift }, n) =>
    (morning.lives[n]?.faults ?? []).map((fault) => ({ terminal, lift, ...fault })),
  );
}

/**
 * The faults that must have been found: those whose deciding message was acknowledged. `acked` is the ledger,
 * by terminal and boot.
 */
export function faultsExpected(
  script: FaultScriptFile,
  acked: ReadonlyMap<string, ReadonlyMap<string, SeqRanges>>,
): readonly ExpectedFault[] {
  const expected: ExpectedFault[] = [];
  for (const { terminal, lift, kind, begunStep, decidedStep } of script.faults) {
    for (const [boot, ranges] of acked.get(terminal) ?? []) {
      for (let loop = 0; loop < LOOPS_A_BOOT; loop++) {
        // Seqs count from 1, steps from 0.
        if (!holdsSeq(ranges, loop * LOOP_STEPS + decidedStep + 1)) continue;
        const step = loop * LOOP_STEPS + begunStep;
        expected.push({ lift, kind, at: timeOf(script.startAt, bootNumberOf(boot), step) });
      }
    }
  }
  return expected;
}

/** JSON lines: a header with what `faultsExpected` needs, then a line a fault. */
export async function writeFaultScript(path: string, script: FaultScriptFile): Promise<void> {
  const { startAt, seed, faults } = script;
  const file = await open(path, 'wx').catch((error: Error) => {
    throw new CommandError(`faults file ${path}: ${error.message}`);
  });
  try {
    const header = { format: 'liftwarden-faults', version: 1, startAt, seed, loopSteps: LOOP_STEPS };
    await file.writeFile(`${[header, ...faults].map((line) => JSON.stringify(line)).join('\n')}\n`);
  } finally {
    await file.close();
  }
}

/** Reads it back; what is wrong is one line that names the file. */
export async function readFaultScript(path: string): Promise<FaultScriptFile> {
  const [first = '', ...rest] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const header = JSON.parse(first) as { format?: unknown; version?: unknown; loopSteps?: unknown };
  const { format, version, loopSteps } = header;
  if (format !== 'liftwarden-faults' || version !== 1 || loopSteps !== LOOP_STEPS) {
    throw new CommandError(`faults file ${path}: not of this version; its head is ${first.slice(0, 100)}`);
  }
  const { startAt, seed } = header as unknown as { startAt: number; seed: number };
  return { startAt, seed, faults: rest.map((line) => JSON.parse(line) as FaultLine) };
}
