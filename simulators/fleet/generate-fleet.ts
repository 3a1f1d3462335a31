import type { WallClock } from '../clock.js';
import { CommandError } from '../command-line.js';
import { type FleetTerminal, writeFleet } from './fleet-file.js';
import type { FleetPlan, PlannedLift } from './plan-fleet.js';
import type { PlatformApi } from './platform-api.js';

const CONCURRENCY = 8;
/**
 * Written after so many more, because a secret that is lost cannot be asked for again; of a large fleet after
 * a fiftieth more, because the file is written whole.
 */
const SAVE_EVERY = 50;
const SAVE_SHARE = 1 / 50;

export interface GenerateOptions {
  readonly api: PlatformApi;
  readonly plan: FleetPlan;
  readonly profile: string;
  readonly out: string;
  readonly clock: WallClock;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Registers the plan through the platform's API and writes the fleet file as it goes. Districts and firms may
 * be there already; a lift or terminal that is, is an error that names it. What was registered before an
 * error or an interruption is in the file.
 */
export async function generateFleet(options: GenerateOptions): Promise<readonly FleetTerminal[]> {
  const { api, plan, out, clock, signal } = options;
  for (const district of plan.districts) await api.post('/districts', district, signal);
  for (const firm of plan.firms) await api.post('/firms', firm, signal);
  const generatedAt = clock();
  const made: { index: number; terminal: FleetTerminal }[] = [];
  let saving: Promise<void> = Promise.resolve();
  const save = () => {
    const terminals = made.toSorted((a, b) => a.index - b.index).map(({ terminal }) => terminal);
    saving = saving.then(() => writeFleet(out, generatedAt, terminals));
    return saving;
  };
  let next = 0;
  let saveAt = SAVE_EVERY;
  let failed = false;
  const work = async () => {
    while (!failed && !signal?.aborted) {
      const index = next++;
      const lift = plan.lifts[index];
      if (!lift) return;
      try {
        made.push({ index, terminal: await register(api, lift, options.profile) });
      } catch (error) {
        failed = true;
        throw error;
      }
      options.onProgress(made.length, plan.lifts.length);
      if (made.length >= saveAt) {
        saveAt = made.length + Math.max(SAVE_EVERY, Math.ceil(made.length * SAVE_SHARE));
        await save();
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: CONCURRENCY }, work));
  if (made.length > 0) await save();
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  if (refused || signal?.aborted) {
    const why = refused?.reason instanceof Error ? refused.reason.message : 'interrupted';
    throw new CommandError(`${why}; ${made.length} of ${plan.lifts.length} terminals are in ${out}`);
  }
  return made.toSorted((a, b) => a.index - b.index).map(({ terminal }) => terminal);
}

async function register(api: PlatformApi, lift: PlannedLift, profile: string): Promise<FleetTerminal> {
  const { floors, terminalId: id, ...facts } = lift;
  const added = await api.post('/lifts', facts);
  if (added.outcome === 'exists') throw alreadyThere('lift', lift.registrationCode, added.why);
  const terminal = await api.post('/terminals', { id, profile, lift: lift.registrationCode });
  if (terminal.outcome === 'exists') throw alreadyThere('terminal', id, terminal.why);
  const { registrationCode, rescueCode, district, address } = lift;
  return {
    id,
    secret: secretOf(terminal.body, id),
    profile,
    lift: registrationCode,
    rescueCode,
    district,
    address,
    floors,
  };
}

function alreadyThere(what: string, name: string, why: string): CommandError {
  return new CommandError(
    `${what} ${name} is already registered (${why}); use another --seed and --prefix, or another platform`,
  );
}

function secretOf(body: unknown, id: string): string {
  const secret = typeof body === 'object' && body !== null && 'secret' in body ? body.secret : undefined;
  if (typeof secret !== 'string' || secret === '') {
    throw new CommandError(
      `terminal ${id}: the platform's answer has no secret; is --register a Liftwarden?`,
    );
  }
  return secret;
}
