import { renameSync, writeFileSync } from 'node:fs';

/**
 * Loaded into a measured server with `--import` and `--expose-gc`: at SIGUSR2 it collects what is garbage and
 * writes what is left to the file that `MEMORY_FILE` names.
 */
const file = process.env.MEMORY_FILE ?? '';
const collect = globalThis.gc;
if (file === '' || collect === undefined) throw new Error('memory-on-ask needs MEMORY_FILE and --expose-gc');

process.on('SIGUSR2', () => {
  collect();
  collect();
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
});
