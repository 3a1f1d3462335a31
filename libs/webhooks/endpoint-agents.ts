import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Endpoints whose connections are kept for the next delivery; the longest unused one goes first. */
const AGENTS_MAX = 2_000;
const IDLE_MS = 30_000;

interface Held {
  readonly agent: HttpAgent | HttpsAgent;
  users: number;
}

/** One small pool of connections an endpoint, so that none waits behind another's. */
export class EndpointAgents {
  private readonly held = new Map<string, Held>();

  /** The agent of an endpoint; give it back with `release` after the attempt. */
  take(endpoint: string, secure: boolean): HttpAgent | HttpsAgent {
    const key = keyOf(endpoint, secure);
    const known = this.held.get(key);
    // The newest stands last.
    this.held.delete(key);
    const held = known ?? { agent: newAgent(secure), users: 0 };
    held.users += 1;
    this.held.set(key, held);
    return held.agent;
  }

  release(endpoint: string, secure: boolean): void {
    const held = this.held.get(keyOf(endpoint, secure));
    if (held !== undefined) held.users -= 1;
    for (const [key, { agent, users }] of this.held) {
      if (this.held.size <= AGENTS_MAX) return;
      if (users > 0) continue;
      agent.destroy();
      this.held.delete(key);
    }
  }

  close(): void {
    for (const { agent } of this.held.values()) agent.destroy();
    this.held.clear();
  }
}

function keyOf(endpoint: string, secure: boolean): string {
  return `${secure ? 's' : 'p'} ${endpoint}`;
}

function newAgent(secure: boolean): HttpAgent | HttpsAgent {
  const options = { keepAlive: true, maxFreeSockets: 2, timeout: IDLE_MS };
  return secure ? new HttpsAgent(options) : new HttpAgent(options);
}
