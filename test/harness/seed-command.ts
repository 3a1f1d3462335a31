import { seedOpenAlarms } from './seed-alarms.js';

/**
 * `seed-command.js FOLDER COUNT`, run as a process of its own: the database's thread begins from a built
 * file, which a test's sandbox does not know.
 */
const [, , folder, count] = process.argv;
if (folder === undefined || !Number.isInteger(Number(count))) {
  throw new Error('seed-command wants the folder of the records and how many alarms to write.');
}
await seedOpenAlarms(folder, Number(count));
