import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { THRESHOLDS } from '#domain';
import { PLATFORM_VARIABLES } from '../../apps/platform/platform.module.js';
import { freePort, until } from '../harness/platform-process.js';
import { PROJECT_ROOT } from '../harness/project-root.js';

interface AlarmItem {
  readonly kind: string;
  readonly evidence: string;
  readonly reason: string;
  readonly recordedAt: string;
}

/** The live faults the demo promises within 30 s of `ready`, by kind and evidence. */
const PROMISED = [
  'door-close-failed reported',
  'levelling-error inferred',
  'safety-loop-shorted inferred',
  'entrapment reported',
];

let demo: ChildProcess;
let dataDir: string;
let url: string;
let output = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'liftwarden-demo-'));
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${httpPort}`;
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, NODE_ENV: _env, ...env } = process.env;
  demo = spawn(process.execPath, [join(PROJECT_ROOT, 'dist/simulators/main.js'), 'demo'], {
    cwd: PROJECT_ROOT,
    env: { ...env, DATA_DIR: dataDir, HTTP_PORT: String(httpPort), MQTT_PORT: String(mqttPort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await until('the demo to be ready', () => /^ready$/m.test(output), 60_000);
}, 90_000);

afterAll(async () => {
  if (demo.exitCode === null) {
    const exited = new Promise((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    await exited;
  }
  await rm(dataDir, { recursive: true, force: true });
}, 30_000);

async function alarms(key: string): Promise<AlarmItem[]> {
  const answer = await fetch(`${url}/api/v1/alarms?limit=200`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return ((await answer.json()) as { items: AlarmItem[] }).items;
}

describe('the demo', () => {
  it('prints the page and a key, and shows its faults within 30 s of ready, at the default thresholds', async () => {
    const readyAt = Date.now();
    const key = /key\s+(lw_\S+)/.exec(output)?.[1] ?? '';
    expect(output).toContain(`http://localhost:${new URL(url).port}/`);
    const found = await until(
      'the promised alarms',
      async () => {
        const all = (await alarms(key)).map((alarm) => ({
          ...alarm,
          name: `${alarm.kind} ${alarm.evidence}`,
        }));
        return PROMISED.every((name) => all.some((alarm) => alarm.name === name)) && all;
      },
      31_000,
    );
    const latest = Math.max(
      ...PROMISED.map((name) =>
        Math.min(
          ...found.filter((alarm) => alarm.name === name).map(({ recordedAt }) => Date.parse(recordedAt)),
        ),
      ),
    );
    expect(latest - readyAt).toBeLessThan(30_000);
    expect(found.find(({ name }) => name === 'entrapment reported')?.reason).toBe(
      'press-in-standing-closed-car',
    );
  }, 40_000);

  it('changes no threshold: no variable, file or option of the platform can', async () => {
    // The demo gives the platform ports and a folder, and nothing else reaches it but the API and MQTT.
    const [pid] = (await readFile(join(dataDir, 'lock'), 'utf8')).split(' ');
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    const own = new Set(Object.entries(process.env).map(([name, value]) => `${name}=${value}`));
    const given = environment
      .filter((pair) => pair !== '' && !own.has(pair))
      .map((pair) => pair.split('=')[0]);
    expect(given.sort()).toEqual(['DATA_DIR', 'HTTP_PORT', 'MQTT_PORT']);
    expect(Object.isFrozen(THRESHOLDS)).toBe(true);
    expect(Object.keys(PLATFORM_VARIABLES).sort()).toEqual(
      [
        ...['DATA_DIR', 'DATABASE_URL', 'LOG_FORMAT', 'HTTP_HOST', 'HTTP_PORT', 'TRUST_PROXY'],
        ...['MQTT_HOST', 'MQTT_PORT', 'MQTT_URL', 'MQTTS_PORT', 'TLS_CERT', 'TLS_KEY'],
        ...['WEBHOOK_ALLOW', 'WEBHOOK_KEY'],
        ...['INFLUX_BUCKET', 'INFLUX_ORG', 'INFLUX_STATES', 'INFLUX_TOKEN', 'INFLUX_URL', 'INFLUX_VERSION'],
      ].sort(),
    );
  });
});
