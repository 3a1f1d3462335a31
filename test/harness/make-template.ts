import { SqlRecords } from '#records';
import { Metrics, SystemClock } from '#runtime';

/** `make-template.ts FOLDER`: an empty database there, as the platform's first start would leave it. */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error('make-template wants the folder of the database to make.');
const records = new SqlRecords({ folder, clock: new SystemClock(), metrics: new Metrics() });
await records.open();
await records.close();
