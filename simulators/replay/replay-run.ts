import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-line.js';
import { carriedBy, replyTopicOf } from './carried.js';
import type { Effect, EffectWatch, Totals } from './effect-watch.js';
import type { ReplayConnection } from './replay-connection.js';
import { gapMs, type ReplayLine } from './replay-lines.js';
import { alsoLines, messageLine, ReplayTally, summaryLine, totalLines } from './replay-report.js';

/** One terminal of the capture: how to speak as it, and, with a key, how to see what became of it. */
export interface ReplayTerminal {
  readonly profile: string;
  readonly connection: Pick<ReplayConnection, 'publish' | 'close' | 'strayAnswers'>;
  readonly watch: EffectWatch | null;
}

/**
 * Publishes in order and prints one line a message, then the totals. A message is due when its captured
 * spacing over `speed` has passed since the first; what takes longer makes the next one late, never early.
 * Answers the exit code.
 */
export async function replay(
  lines: readonly ReplayLine[],
  terminals: ReadonlyMap<string, ReplayTerminal>,
  speed: number,
  signal: AbortSignal,
): Promise<number> {
  const watches = [...terminals.values()].flatMap(({ watch }) => watch ?? []);
  for (const watch of watches) await watch.begin();
  const tally = new ReplayTally();
  const begun = performance.now();
  let dueMs = 0;
  let previous: ReplayLine | null = null;
  for (const line of lines) {
    dueMs += gapMs(previous, line, speed);
    previous = line;
    const waitMs = begun + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const terminal = terminals.get(line.terminalId);
    if (terminal === undefined) throw new CommandError(`terminal ${line.terminalId} has no connection`);
    await publishOne(line, terminal, tally);
  }
  const totals = await printTotals(watches);
  const strays = [...terminals.values()].reduce((sum, each) => sum + each.connection.strayAnswers, 0);
  if (strays > 0) console.log(`${strays} answers came that nothing waited for any more`);
  console.log(summaryLine(lines.length, tally, totals));
  return tally.acknowledged < lines.length || tally.unanswered > 0 ? 1 : 0;
}

async function publishOne(line: ReplayLine, terminal: ReplayTerminal, tally: ReplayTally): Promise<void> {
  const { profile, connection, watch } = terminal;
  const outcome = await connection.publish(line.topic, line.payload, replyTopicOf(line, profile));
  tally.add(outcome);
  const effect: Effect | null =
    watch === null || !outcome.acknowledgement.ok
      ? null
      : await watch.effectOf(carriedBy(line, profile), line.topic);
  console.log(messageLine(line, outcome, effect));
  if (effect !== null) for (const also of alsoLines(effect)) console.log(also);
}

async function printTotals(watches: readonly EffectWatch[]): Promise<readonly Totals[]> {
  const all: Totals[] = [];
  for (const watch of watches) {
    const totals = await watch.totals();
    for (const text of totalLines(watch.of.lift, totals)) console.log(text);
    all.push(totals);
  }
  return all;
}
