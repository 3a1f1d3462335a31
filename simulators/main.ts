import { type Command, CommandError, UsageError } from './command-line.js';
import { demoCommand } from './demo/demo-command.js';
import { fleetGenerateCommand } from './fleet/generate-command.js';
import { importCommand } from './import/import-command.js';
import { loadCommand } from './load/load-command.js';
import { verifyCommand } from './load/verify-command.js';
import { receiveCommand } from './receiver/receive-command.js';
import { replayCommand } from './replay/replay-command.js';
import { runCommand } from './terminal/run-command.js';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['fleet generate', fleetGenerateCommand],
  ['run', runCommand],
  ['replay', replayCommand],
  ['load', loadCommand],
  ['verify', verifyCommand],
  ['demo', demoCommand],
  ['import', importCommand],
  ['receive', receiveCommand],
]);
const HELP = new Set(['--help', '-h', 'help']);

/** Runs one command and answers the exit code: 0 done, 1 could not, 2 wrongly asked. */
async function main(args: readonly string[]): Promise<number> {
  const [first = '', second = ''] = args;
  const name = COMMANDS.has(first) ? first : `${first} ${second}`;
  const command = COMMANDS.get(name);
  if (!command) {
    if (!HELP.has(first)) {
      const asked = args.length === 0 ? 'no command' : `unknown command '${name.trim()}'`;
      throw new UsageError(`${asked}; known: ${[...COMMANDS.keys()].join(', ')}`);
    }
    console.log([...COMMANDS.values()].map(({ usage }) => usage).join('\n\n'));
    return 0;
  }
  const rest = args.slice(name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.usage);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError(`${name}: ${error.message} (--help shows the options)`);
    throw error;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
