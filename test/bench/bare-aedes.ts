import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** The baseline: aedes as it comes, in a process of its own. `node bare-aedes.js PORT`. */
const [, , port = ''] = process.argv;
const aedes = await Aedes.createBroker();
createServer(aedes.handle).listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
