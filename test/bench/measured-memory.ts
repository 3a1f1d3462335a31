import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../harness/platform-process.js';

/** Bytes a process uses after its garbage is gone. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** The environment that makes a Node process answer `memoryOf`. */
export function askableEnv(file: string): NodeJS.ProcessEnv {
  const preload = join(import.meta.dirname, 'memory-on-ask.js');
  return { NODE_OPTIONS: `--expose-gc --import=${preload}`, MEMORY_FILE: file };
}

/** Collects the process's garbage and answers what is left. */
export async function memoryOf(pid: number, file: string): Promise<Memory> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  return until('a process to say what memory it uses', async () => {
    const text = await readFile(file, 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as Memory);
  });
}
