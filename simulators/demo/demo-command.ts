import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wallClock } from '../clock.js';
import { type Command, CommandError, parseOptions } from '../command-line.js';
import { COUNTIES } from '../fleet/counties.js';
import { readFleet } from '../fleet/fleet-file.js';
import { generateFleet } from '../fleet/generate-fleet.js';
import { planFleet } from '../fleet/plan-fleet.js';
import { PlatformApi } from '../fleet/platform-api.js';
import { packageRoot } from '../package-root.js';
import { ProgressLine, untilInterrupted } from '../progress.js';
import { simulate } from '../terminal/run-command.js';
import { PlatformChild } from './platform-child.js';

const LIFTS = 120;
const DISTRICTS = 5;
const SEED = 1;

const USAGE = `demo
  Starts the platform on its embedded parts with ${LIFTS} simulated lifts in ${DISTRICTS} districts, each
  with its published plan in force.
  No options; the platform's own variables are passed on, among them HTTP_PORT (3000),
  MQTT_PORT (1883) and DATA_DIR (here ./data/demo).`;

export const demoCommand: Command = {
  usage: USAGE,
  async run(args) {
    parseOptions(args, {});
    const httpPort = Number(process.env.HTTP_PORT ?? 3000);
    const mqttPort = Number(process.env.MQTT_PORT ?? 1883);
    const dataDir = process.env.DATA_DIR ?? './data/demo';
    const interrupted = untilInterrupted();
    // The variables as they came: the demo changes no threshold and no right, it only names the folder.
    const platform = await PlatformChild.start({ ...process.env, DATA_DIR: dataDir }, httpPort);
    try {
      return await demonstrate(platform, { httpPort, mqttPort, dataDir }, interrupted.signal);
    } finally {
      await platform.stop();
      interrupted.release();
    }
  },
};

interface Places {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly dataDir: string;
}

async function demonstrate(platform: PlatformChild, places: Places, signal: AbortSignal): Promise<number> {
  const state = await platform.ready(signal);
  if (signal.aborted) return 0;
  if (state.state === 'ended') {
    console.error(`the platform ended with exit code ${state.code} before it was ready`);
    return state.code === 0 ? 1 : state.code;
  }
  // From here on the end of the platform is the end of the demo.
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  signal.addEventListener('abort', onInterrupt, { once: true });
  let endedBy: number | null = null;
  const watch = platform.ended.then((code) => {
    endedBy = code;
    stop.abort();
  });
  const code = await populate(places, stop.signal).catch((error: unknown) => {
    if (endedBy === null && !signal.aborted) throw error;
    return 0;
  });
  signal.removeEventListener('abort', onInterrupt);
  if (endedBy !== null && !signal.aborted) {
    await watch;
    console.error(`the platform ended with exit code ${endedBy}`);
    return endedBy === 0 ? 1 : endedBy;
  }
  return code;
}

/** Registers the lifts, says where to look, and runs them until `signal`. */
async function populate(places: Places, signal: AbortSignal): Promise<number> {
  const { httpPort, mqttPort, dataDir } = places;
  const keyFile = join(dataDir, 'admin.key');
  const key = (
    await readFile(keyFile, 'utf8').catch((error: Error) => {
      throw new CommandError(`${keyFile}: ${error.message}`);
    })
  ).trim();
  const fleet = join(dataDir, 'fleet.json');
  await fleetFor(fleet, `http://localhost:${httpPort}`, key, signal);
  const page = `http://localhost:${httpPort}/`;
  console.log(`ready\n  page  ${page}\n  key   ${key}\n  Ctrl-C stops the demo`);
  return simulate(
    {
      fleet,
      url: `mqtt://localhost:${mqttPort}`,
      seed: SEED,
      scenario: join(packageRoot(), 'simulators/terminal/scenarios/demo.yaml'),
      speed: 1,
      faultRate: 0,
      peaks: false,
    },
    signal,
  );
}

/** An earlier run's fleet is used again: the platform still knows its terminals. */
async function fleetFor(path: string, register: string, key: string, signal: AbortSignal): Promise<void> {
  if (existsSync(path)) {
    const { length } = await readFleet(path);
    if (length === LIFTS) return;
    throw new CommandError(`${path}: has ${length} of ${LIFTS} terminals; delete its folder and start again`);
  }
  const progress = new ProgressLine();
  const plan = planFleet({ lifts: LIFTS, districts: DISTRICTS, seed: SEED, profile: 'native-v1' });
  const api = new PlatformApi(register, key);
  await generateFleet({
    ...{ api, plan, profile: 'native-v1', out: path, clock: wallClock, signal },
    onProgress: (done, of) => progress.show(`${done}/${of} lifts registered`),
  });
  progress.say(`${LIFTS} lifts registered in ${DISTRICTS} districts`);
  // Each county's own plan: what its targets say is on the page under indicators.
  const fromOn = `${new Date(wallClock()).getUTCFullYear()}-01-01`;
  for (const { code, policy } of COUNTIES.slice(0, DISTRICTS)) {
    await api.put(`/districts/${code}/policies`, { profile: policy, fromOn }, signal);
  }
}
