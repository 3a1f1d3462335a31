import { SystemClock } from '#runtime';
import { JOURNAL_USAGE, readJournalArguments, runJournalCommand } from './journal-command.js';

const asked = readJournalArguments(process.argv.slice(2), process.env);
if ('usage' in asked) {
  if (asked.usage === null) process.stdout.write(`${JOURNAL_USAGE}\n`);
  else process.stderr.write(`journal: ${asked.usage} (--help shows the commands)\n`);
  process.exitCode = asked.usage === null ? 0 : 2;
} else {
  const { text, exitCode } = await runJournalCommand(asked, new SystemClock());
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCode;
}
