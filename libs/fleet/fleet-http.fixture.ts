import { Controller, Get } from '@nestjs/common';
import { Public } from '#access';
import { type AppendResult, type SeriesPoint, SeriesStore, type SourceCount } from '#series';

export const SAMPLE: SeriesPoint['sample'] = {
  mode: 'normal',
  direction: 'up',
  moving: true,
  floor: '-2B',
  doorState: 'closed',
  inDoorZone: false,
  doorLock: 'closed',
  safetyLoop: 'closed',
  occupied: null,
  speed: 1.5,
  levelErrorMm: null,
  loadPercent: null,
  powerState: 'mains',
  tripCount: null,
  doorCycleCount: null,
  temperature: null,
  vibration: null,
  extra: null,
};

/** One stored point, or a store that is down. */
export class OneLiftSeries extends SeriesStore {
  down = false;
  point: SeriesPoint | null = null;
  get history(): never {
    throw new Error('The fleet reads no history.');
  }
  async open(): Promise<void> {}
  async close(): Promise<void> {}
  async position(): Promise<number> {
    return 0;
  }
  begin(): never {
    throw new Error('The fleet stores no points.');
  }
  async latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>> {
    if (this.down) throw new Error('down');
    return new Map(this.point && lifts.includes(this.point.lift) ? [[this.point.lift, this.point]] : []);
  }
  async count(): Promise<number> {
    return 0;
  }
  async verifyCounts(): Promise<readonly SourceCount[]> {
    return [];
  }
  async writeFaults(): Promise<AppendResult> {
    return { ok: true, refused: [], outsideRetention: 0 };
  }
  async countFaults(): Promise<number> {
    return 0;
  }
}

/** A route open to all, one that says nothing of itself, and one that fails. */
@Controller('probe')
export class ProbeController {
  @Get('open')
  @Public()
  open(): string {
    return 'open';
  }

  @Get('unlisted')
  unlisted(): string {
    return 'never';
  }

  @Get('broken')
  @Public()
  broken(): never {
    throw new Error('secret internals');
  }
}

/** An HTTP answer; `body` is `{text}` when it is no JSON object. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** A request with a key and a body (a string is sent as it is). */
export async function send(url: string, method: string, key?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
  return { status: response.status, body: parsed as Record<string, unknown>, headers: response.headers };
}
