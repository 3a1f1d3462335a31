import { existsSync } from 'node:fs';
import { PROFILES, TERMINAL_ID_PATTERN } from '#protocol';
import { wallClock } from '../clock.js';
import {
  type Command,
  numberOption,
  type OptionSpec,
  optional,
  parseOptions,
  required,
  seedOption,
  UsageError,
  urlOption,
} from '../command-line.js';
import { ProgressLine, untilInterrupted } from '../progress.js';
import { COUNTIES } from './counties.js';
import { generateFleet } from './generate-fleet.js';
import { type FleetPlanOptions, LIFTS_MAX, planFleet } from './plan-fleet.js';
import { PlatformApi } from './platform-api.js';

const USAGE = `fleet generate --lifts N --register URL --key K --out FILE [options]
  Registers N invented lifts with a terminal each, and keeps the terminals' secrets in FILE (0600).
  --lifts N         1 to ${LIFTS_MAX}
  --register URL    the platform, e.g. http://localhost:3000
  --key K           an admin key; or the variable LIFTWARDEN_KEY, which keeps it off the command line
  --out FILE        must not exist yet
  --districts N     1 to ${COUNTIES.length} counties (default ${COUNTIES.length})
  --seed N          repeat an earlier fleet (0 to 4294967295; default: drawn, printed)
  --profile NAME    ${[...PROFILES.keys()].join(' or ')} (default native-v1)
  --prefix P        in front of every terminal id (default by profile)`;

const OPTIONS: OptionSpec = {
  lifts: { type: 'string' },
  register: { type: 'string' },
  key: { type: 'string' },
  out: { type: 'string' },
  districts: { type: 'string' },
  seed: { type: 'string' },
  profile: { type: 'string' },
  prefix: { type: 'string' },
};

export const fleetGenerateCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = parseOptions(args, OPTIONS);
    const lifts = numberOption(values, 'lifts', { min: 1, max: LIFTS_MAX });
    if (lifts === undefined) throw new UsageError('--lifts is missing');
    const register = urlOption(values, 'register', ['http:', 'https:']);
    const key = optional(values, 'key') ?? process.env.LIFTWARDEN_KEY ?? '';
    if (key === '') throw new UsageError('--key is missing, and LIFTWARDEN_KEY is not set');
    const out = required(values, 'out');
    if (existsSync(out))
      throw new UsageError(`--out ${out}: is there already, and holds secrets; name another`);
    const profile = optional(values, 'profile') ?? 'native-v1';
    if (!PROFILES.has(profile)) {
      throw new UsageError(`--profile ${profile}: must be one of ${[...PROFILES.keys()].join(', ')}`);
    }
    const districts = numberOption(values, 'districts', { min: 1, max: COUNTIES.length }) ?? COUNTIES.length;
    const seed = seedOption(values);
    const planned: FleetPlanOptions = { lifts, districts, seed, profile, prefix: optional(values, 'prefix') };
    const plan = planFleet(planned);
    const [first] = plan.lifts;
    if (first && !TERMINAL_ID_PATTERN.test(first.terminalId)) {
      throw new UsageError(
        `--prefix ${planned.prefix}: makes the terminal id ${first.terminalId}, which is not allowed`,
      );
    }
    const progress = new ProgressLine();
    const interrupted = untilInterrupted();
    try {
      progress.say(`registering ${lifts} lifts in ${districts} districts, seed ${seed}`);
      await generateFleet({
        api: new PlatformApi(register, key),
        ...{ plan, profile, out },
        clock: wallClock,
        onProgress: (done, of) => progress.show(`${done}/${of} lifts registered`),
        signal: interrupted.signal,
      });
    } finally {
      interrupted.release();
    }
    progress.say(`${lifts} terminals written to ${out}`);
    return 0;
  },
};
