import { answerText } from './carried.js';
import type { Effect, Totals } from './effect-watch.js';
import { changeText } from './fault-changes.js';
import type { PublishOutcome } from './replay-connection.js';
import { type ReplayLine, topicName } from './replay-lines.js';

/** Counts over all messages, by what was sent and by what came back. */
export class ReplayTally {
  acknowledged = 0;
  refused = 0;
  answered = 0;
  unanswered = 0;

  add({ acknowledgement, answer }: PublishOutcome): void {
    if (acknowledgement.ok) this.acknowledged += 1;
    else this.refused += 1;
    if (answer === null) this.unanswered += 1;
    else if (answer !== undefined) this.answered += 1;
  }

  get sent(): number {
    return this.acknowledged + this.refused;
  }
}

/** One line a message: what it is, and what became of it. `effect` is null when the API is not read. */
export function messageLine(line: ReplayLine, outcome: PublishOutcome, effect: Effect | null): string {
  const { acknowledgement, answer } = outcome;
  const parts = [
    `${line.n} ${topicName(line.topic)} ${line.meaning ?? '-'}`,
    acknowledgement.ok
      ? `acknowledged after ${millis(acknowledgement.afterMs)}`
      : `refused: ${acknowledgement.why}`,
  ];
  if (answer === null) parts.push('NOT answered');
  else if (answer !== undefined) {
    parts.push(`answered ${answerText(answer.payload)} after ${millis(answer.afterMs)}`);
  }
  if (effect !== null) parts.push(effect.text);
  return parts.join(' | ');
}

/** What changed meanwhile and the message does not explain. */
export function alsoLines({ also }: Effect): readonly string[] {
  return also.map((change) => `  meanwhile, for another reason or late: ${changeText(change)}`);
}

/** What cannot be told of one message; one line each. */
export function totalLines(lift: string, totals: Totals): readonly string[] {
  const { changes, points, statistics, alarms } = totals;
  const states = new Map<string, number>();
  for (const { state } of alarms) states.set(state, (states.get(state) ?? 0) + 1);
  const shown = [...states].sort().map(([state, count]) => `${count} ${state}`);
  const waiting = alarms.filter(({ state }) => state === 'cleared-unconfirmed').map(({ kind }) => kind);
  const rest = (['withdrawn', 'recorded', 'suppressed'] as const).map(
    (word) => `${changes.of(word)} ${word}`,
  );
  return [
    `lift ${lift}: faults ${changes.of('raised')} raised, ${changes.of('cleared')} cleared, ` +
      `${totals.open} open; ${changes.of('attached')} messages attached to an open one; ${rest.join(', ')}`,
    `lift ${lift}: alarms ${alarms.length} new${shown.length > 0 ? `: ${shown.join(', ')}` : ''}` +
      (waiting.length > 0 ? `; a person must confirm: ${waiting.join(', ')}` : ''),
    `lift ${lift}: ${points} readings stored, ${statistics} periods of statistics`,
  ];
}

/** The last line. `totals` is empty when the API is not read. */
export function summaryLine(of: number, tally: ReplayTally, totals: readonly Totals[]): string {
  const { acknowledged, refused, answered, unanswered, sent } = tally;
  const parts = [`${acknowledged} acknowledged`, `${answered} answered`];
  if (unanswered > 0) parts.push(`${unanswered} not answered`);
  if (refused > 0) parts.push(`${refused} refused`);
  if (sent < of) parts.push(`${of - sent} not sent`);
  const line = `${of} messages: ${parts.join(', ')}`;
  if (totals.length === 0) return line;
  const sum = (count: (each: Totals) => number) => totals.reduce((all, each) => all + count(each), 0);
  const unseen = totals.some(({ quarantined }) => quarantined === null);
  const quarantined = unseen
    ? 'quarantine not shown to this key'
    : `${sum((t) => t.quarantined ?? 0)} quarantined`;
  const raised = sum(({ changes }) => changes.of('raised'));
  const cleared = sum(({ changes }) => changes.of('cleared'));
  const faults = `${raised} raised, ${cleared} cleared, ${sum(({ open }) => open)} open`;
  return `${line}, ${quarantined}; faults ${faults}; alarms ${sum(({ alarms }) => alarms.length)}`;
}

function millis(ms: number): string {
  return `${Math.max(1, Math.round(ms))} ms`;
}
