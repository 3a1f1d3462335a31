import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from '../harness/project-root.js';

const MAIN = join(PROJECT_ROOT, 'dist/simulators/main.js');

/** How the flood is made; the same for baseline and candidate. */
export interface Flood {
  readonly url: string;
  readonly fleet: string;
  /** Messages a second; null = as fast as windows allow. */
  readonly rate: number | null;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly qos: 1 | 2;
  readonly seed: number;
  /** New files. */
  readonly ledger: string;
  readonly faults: string;
}

/** The generator's last word; `simulators/load/load-run.ts` says what each means. */
export interface FloodResult {
  readonly ratePerSecond: number;
  readonly acked: number;
  readonly ackedInAll: number;
  readonly seconds: number;
  readonly unacknowledged: number;
  readonly dueNotSent: number;
  readonly reconnects: number;
  readonly cpuMicrosPerMessage: number;
  readonly pubackMs: { readonly p50: number; readonly p99: number; readonly p999: number };
}

export interface FloodListener {
  /** Warmed up; so many were acknowledged till now. */
  measuring(ackedBefore: number): void;
  /** The measured time is over. */
  draining(): void;
}

/** Runs the load generator in a process of its own. Rejects with what it said when it fails. */
export async function flood(options: Flood, listener: FloodListener): Promise<FloodResult> {
  const { url, fleet, rate, seconds, warmupSeconds, qos, seed, ledger, faults } = options;
  const given = {
    url,
    fleet,
    rate: rate ?? 'max',
    seconds,
    warmup: warmupSeconds,
    qos,
    seed,
    ledger,
    faults,
  };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [MAIN, 'load', '--json', ...args], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    return await listen(child, listener);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}

async function listen(child: ChildProcess, listener: FloodListener): Promise<FloodResult> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (child.stdout === null) throw new Error('the generator has no output');
  let result: FloodResult | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as { readonly event: string; readonly ackedBefore?: number };
    if (line.event === 'measuring') listener.measuring(line.ackedBefore ?? 0);
    if (line.event === 'draining') listener.draining();
    if (line.event === 'result') result = line as unknown as FloodResult;
  }
  const code = await exited;
  if (code !== 0 || result === null) throw new Error(`the generator ended with ${code}: ${errors.trim()}`);
  return result;
}
