import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-line.js';
import type { FaultSeen } from './fault-changes.js';

const TIMEOUT_MS = 30_000;
const BUSY_TRIES = 8;
/** Pages read of one list at most: a lift that is replayed to has fewer faults than that. */
const PAGES_MAX = 20;
const PAGE_ITEMS = 500;

export interface AlarmSeen {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
}

export interface QuarantineSeen {
  readonly id: number;
  readonly topic: string;
  readonly reason: string;
  readonly detail: string;
}

interface PageSeen {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/**
 * What the platform says of a lift. Lists answer everything in the key's scope, newest first; a list longer
 * than ten thousand is a `CommandError`, for then a change could be missed.
 */
export class PlatformReader {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  async faults(lift: string): Promise<readonly FaultSeen[]> {
    return (await this.list(`/faults?lift=${encodeURIComponent(lift)}`)) as readonly FaultSeen[];
  }

  async alarms(lift: string): Promise<readonly AlarmSeen[]> {
    return (await this.list(`/alarms?lift=${encodeURIComponent(lift)}`)) as readonly AlarmSeen[];
  }

  /** The newest hundred; null when the key may not read what was refused. */
  async quarantine(terminal: string): Promise<readonly QuarantineSeen[] | null> {
    const path = `/quarantine?terminal=${encodeURIComponent(terminal)}&limit=100`;
    const page = await this.get(path, [403]);
    return page === null ? null : ((page as PageSeen).items as readonly QuarantineSeen[]);
  }

  /** When the newest reading of the lift came, by the platform's clock; null when there is none. */
  async liveReceivedAt(lift: string): Promise<string | null> {
    const body = await this.get(`/lifts/${encodeURIComponent(lift)}/state`);
    return (body as { live: { receivedAt: string } | null }).live?.receivedAt ?? null;
  }

  /** Readings stored of the terminal. */
  async points(lift: string, terminal: string): Promise<number> {
    const body = await this.get(`/lifts/${encodeURIComponent(lift)}/sources`);
    const { items } = body as { items: readonly { terminal: string; points: number }[] };
    return items.reduce((sum, each) => sum + (each.terminal === terminal ? each.points : 0), 0);
  }

  /** Period and moment of receipt of the newest hundred statistics of the terminal. */
  async statistics(lift: string, terminal: string): Promise<ReadonlyMap<string, string>> {
    const body = await this.get(`/lifts/${encodeURIComponent(lift)}/statistics?limit=100`);
    const { items } = body as {
      items: readonly { terminal: string; periodStart: string; receivedAt: string }[];
    };
    const own = items.filter((each) => each.terminal === terminal);
    return new Map(own.map(({ periodStart, receivedAt }) => [periodStart, receivedAt]));
  }

  private async list(path: string): Promise<readonly unknown[]> {
    const items: unknown[] = [];
    let next: string | null = '';
    for (let page = 0; next !== null; page++) {
      if (page === PAGES_MAX) {
        throw new CommandError(`GET ${path}: over ${PAGES_MAX * PAGE_ITEMS}; replay to a fresher lift`);
      }
      const cursor = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const body = (await this.get(`${path}&limit=${PAGE_ITEMS}${cursor}`)) as PageSeen;
      items.push(...body.items);
      next = body.next;
    }
    return items;
  }

  /** Null for a status in `without`; a `CommandError` for any other that is not 200. */
  private async get(path: string, without: readonly number[] = []): Promise<unknown> {
    const address = `${this.base}/api/v1${path}`;
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(address, {
        headers: { authorization: `Bearer ${this.key}` },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((error: Error) => {
        const { cause } = error;
        throw new CommandError(`GET ${address}: ${cause instanceof Error ? cause.message : error.message}`);
      });
      const text = await response.text();
      // The platform asks for patience, and reading changes nothing.
      if ((response.status === 429 || response.status === 503) && attempt < BUSY_TRIES) {
        await sleep(100 * 2 ** attempt);
        continue;
      }
      if (without.includes(response.status)) return null;
      if (!response.ok) throw new CommandError(`GET ${address}: ${response.status} ${text.slice(0, 200)}`);
      return parsed(text, address);
    }
  }
}

function parsed(text: string, address: string): object {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Said below.
  }
  throw new CommandError(`GET ${address}: is not what the platform answers: ${text.slice(0, 200)}`);
}
