import { parseArgs } from 'node:util';
import { findJournal, inspectJournal, verifyJournal } from '#journal';
import type { Clock } from '#runtime';
import { inspectionText, verdictText } from './journal-text.js';

export const JOURNAL_USAGE = `npm run journal -- inspect [FOLDER] [--top N] [--json]
  What is in a journal: segments, entry numbers, ages, topics, terminals, outcomes, snapshots.
npm run journal -- verify [FOLDER] [--json]
  Reads every record and every snapshot: torn tails, damage with its offset, missing entries.
  Exit code 1 when something is damaged; an unfinished write at the end is not damage.

FOLDER is a data folder or its journal folder; without it DATA_DIR, or ./data.
Both only read; the journal may be in use. --top N: names of each sort, 1 to 1000, default 10.`;

export interface JournalArguments {
  readonly command: 'inspect' | 'verify';
  readonly folder: string;
  readonly top: number;
  readonly json: boolean;
}

/** Null = help was asked for; otherwise what is wrong with the arguments. */
export interface WronglyAsked {
  readonly usage: string | null;
}

export function readJournalArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): JournalArguments | WronglyAsked {
  const options = {
    top: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return { usage: (error as Error).message.split('. ')[0] ?? '' };
  }
  const { values, positionals } = parsed;
  if (values.help) return { usage: null };
  const [command, folder = env.DATA_DIR || './data', stray] = positionals;
  if (command !== 'inspect' && command !== 'verify') {
    return { usage: command === undefined ? 'no command' : `unknown command '${command}'` };
  }
  if (stray !== undefined) return { usage: `unexpected word '${stray}'` };
  const top = Number(values.top);
  if (!Number.isInteger(top) || top < 1 || top > 1_000) {
    return { usage: `--top ${values.top}: give a whole number from 1 to 1000` };
  }
  return { command, folder, top, json: values.json };
}

/** Exit code 0 = done, 1 = damaged, or there is no journal to look into. */
export async function runJournalCommand(
  asked: JournalArguments,
  clock: Clock,
): Promise<{ readonly text: string; readonly exitCode: 0 | 1 }> {
  const { command, folder, top, json } = asked;
  const place = await findJournal(folder, clock);
  if (place === null) return { text: `journal: no journal in ${folder}`, exitCode: 1 };
  if (command === 'inspect') {
    const found = await inspectJournal(place, top);
    return { text: json ? JSON.stringify(found) : inspectionText(found, clock.now()), exitCode: 0 };
  }
  const verdict = await verifyJournal(place);
  return {
    text: json ? JSON.stringify(verdict) : verdictText(verdict),
    exitCode: verdict.damaged ? 1 : 0,
  };
}
