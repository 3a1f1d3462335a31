import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../package-root.js';

export type PlatformState = { readonly state: 'ready' } | { readonly state: 'ended'; readonly code: number };

const POLL_MS = 250;

/** The platform as a child process. It writes to our own output, so its messages are seen as they are. */
export class PlatformChild {
  /** Resolves with the exit code; 1 when a signal ended it or it could not be started. */
  readonly ended: Promise<number>;
  private over = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly httpPort: number,
    /** Somebody else listened before we began: then "ready" would be theirs. */
    private readonly portTaken: boolean,
  ) {
    this.ended = new Promise((resolve) => {
      const end = (code: number) => {
        this.over = true;
        resolve(code);
      };
      child.once('exit', (code) => end(code ?? 1));
      child.once('error', (error) => {
        console.error(`the platform could not be started: ${error.message}`);
        end(1);
      });
    });
  }

  /**
   * Starts `dist/apps/platform/main.js` with `env`. In a process group of its own: Ctrl-C reaches only us, so
   * that the terminals stop before the platform does.
   */
  static async start(env: NodeJS.ProcessEnv, httpPort: number): Promise<PlatformChild> {
    const portTaken = await listens(httpPort);
    const main = join(packageRoot(), 'dist/apps/platform/main.js');
    const child = spawn(process.execPath, [main], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    return new PlatformChild(child, httpPort, portTaken);
  }

  /** Waits until `/health/ready` answers 2xx, the child ends or `signal` aborts (then: ended, code 0). */
  async ready(signal: AbortSignal): Promise<PlatformState> {
    while (!this.over && !signal.aborted) {
      if (!this.portTaken && (await this.answersReady())) return { state: 'ready' };
      await Promise.race([sleep(POLL_MS, undefined, { signal }).catch(() => undefined), this.ended]);
    }
    return { state: 'ended', code: this.over ? await this.ended : 0 };
  }

  /** SIGTERM to that one process, and waits for its end. */
  async stop(): Promise<number> {
    if (!this.over) this.child.kill('SIGTERM');
    return this.ended;
  }

  private async answersReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://localhost:${this.httpPort}/health/ready`, {
        signal: AbortSignal.timeout(2000),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.setTimeout(1000, () => answer(false));
  });
}
