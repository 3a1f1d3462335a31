import { UsageError } from './command-line.js';
import { fleetGenerateCommand } from './fleet/generate-command.js';
import { replayCommand } from './replay/replay-command.js';
import { runCommand } from './terminal/run-command.js';

const RUN = ['--fleet', 'no-such-file', '--url', 'mqtt://localhost:1'];
const GENERATE = ['--register', 'http://localhost:1', '--key', 'k', '--out', 'no-such-folder/f'];

it.each([
  ['an unknown option', runCommand, [...RUN, '--sped', '2'], /'--sped'/],
  ['a missing option', runCommand, ['--url', 'mqtt://h'], /--fleet is missing/],
  [
    'another protocol',
    runCommand,
    ['--fleet', 'f', '--url', 'http://h'],
    /--url http:\/\/h: must look like mqtt:/,
  ],
  ['no number', runCommand, [...RUN, '--seed', 'x'], /--seed x: must be a whole number/],
  [
    'a number out of range',
    runCommand,
    [...RUN, '--speed', '50'],
    /--speed 50: must be a number from 0.1 to 20/,
  ],
  ['a stray word', runCommand, [...RUN, 'now'], /unexpected word 'now'/],
  ['no lifts', fleetGenerateCommand, [...GENERATE, '--lifts', '0'], /--lifts 0/],
  [
    'too many districts',
    fleetGenerateCommand,
    [...GENERATE, '--lifts', '1', '--districts', '6'],
    /--districts 6/,
  ],
  [
    'an unknown profile',
    fleetGenerateCommand,
    [...GENERATE, '--lifts', '1', '--profile', 'x'],
    /--profile x/,
  ],
  [
    'an impossible prefix',
    fleetGenerateCommand,
    [...GENERATE, '--lifts', '1', '--prefix', 'a/'],
    /--prefix a\//,
  ],
  ['no file', replayCommand, ['--fleet', 'f', '--url', 'mqtt://h'], /FILE.jsonl is missing/],
  ['a wrong speed', replayCommand, ['f', '--fleet', 'f', '--url', 'mqtt://h', '--speed', '0'], /--speed 0/],
])('%s is one line that names it', async (_, command, args, message) => {
  const error = await command.run(args).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain('\n');
});
