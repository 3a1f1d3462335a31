import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { PlatformProcess, runBuilt, until } from '../harness/platform-process.js';
import { connect, NativeVoice, type Registered, register } from '../harness/test-terminal.js';

interface Quarantined {
  readonly reason: string;
  readonly topic: string;
  readonly terminal: string | null;
  readonly length: number;
  readonly detail: string;
}

interface FaultItem {
  readonly kind: string;
  readonly state: string;
  readonly code: string | null;
  readonly raisedAt: string;
  readonly clockSuspect: boolean;
}

let platform: PlatformProcess;

beforeAll(async () => {
  platform = await PlatformProcess.create();
  await platform.start();
}, 90_000);
afterAll(() => platform.dispose());

const quarantine = (reason: string) => platform.list<Quarantined>(`/quarantine?reason=${reason}`);
const faultsOf = (lift: string) => platform.list<FaultItem>(`/faults?lift=${lift}`);

/** A terminal with a lift of its own, connected. */
async function newcomer(serial: string): Promise<{ terminal: Registered; client: MqttClient }> {
  const terminal = await register(platform, serial);
  return { terminal, client: await connect(platform, terminal) };
}

describe('what cannot be used is acknowledged and kept', () => {
  it.each([
    ['malformed-json', 'telemetry', '{"v":1,'],
    ['invalid-payload', 'telemetry', '{"v":1,"boot":"b","seq":"one","at":1,"moving":false}'],
    [
      'invalid-payload',
      'event',
      '{"v":1,"boot":"b","id":"x","seq":1,"at":1,"code":"overspeed","state":"maybe"}',
    ],
    ['empty-payload', 'telemetry', ''],
    ['not-utf8', 'event', Buffer.from([0xff, 0xfe, 0x7b])],
    ['unknown-topic', 'weather', '{}'],
    ['too-large', 'telemetry', JSON.stringify({ note: 'x'.repeat(70_000) })],
  ])('%s on …/%s, and the messages around it are unharmed', async (reason, name, payload) => {
    const serial = String(1000 + (await platform.list('/terminals')).length);
    const { terminal, client } = await newcomer(serial);
    const before = await platform.metric('liftwarden_quarantined_total', { reason });
    const voice = new NativeVoice('b1');
    await Promise.all([
      client.publishAsync(
        `lift/v1/${terminal.id}/event`,
        JSON.stringify(voice.event('overspeed', 'raised')),
        { qos: 1 },
      ),
      client.publishAsync(`lift/v1/${terminal.id}/${name}`, payload, { qos: 1 }),
      client.publishAsync(
        `lift/v1/${terminal.id}/event`,
        JSON.stringify(voice.event('overspeed', 'cleared')),
        { qos: 1 },
      ),
    ]);
    const kept = await until('the quarantine', async () =>
      (await quarantine(reason)).find((each) => each.terminal === terminal.id),
    );
    expect(kept).toMatchObject({
      topic: `lift/v1/${terminal.id}/${name}`,
      length: Buffer.byteLength(payload),
    });
    expect(kept.detail).not.toBe('');
    expect(await platform.metric('liftwarden_quarantined_total', { reason })).toBe(before + 1);
    const [fault] = await until('the fault', async () => {
      const faults = await faultsOf(terminal.lift);
      return faults[0]?.state === 'cleared' && faults;
    });
    expect(fault).toMatchObject({ kind: 'overspeed' });
    await client.endAsync();
  });

  it('unknown fields are kept with the sample', async () => {
    const { terminal, client } = await newcomer('2001');
    const sample = new NativeVoice('b1').telemetry({ hallCalls: [3, 5] });
    await client.publishAsync(`lift/v1/${terminal.id}/telemetry`, JSON.stringify(sample), { qos: 1 });
    const live = await until('the live state', async () => {
      const lift = await platform.api<{ live: { extra: unknown } | null }>('GET', `/lifts/${terminal.lift}`);
      return lift.live;
    });
    expect(live.extra).toEqual({ hallCalls: [3, 5] });
    await client.endAsync();
  });

  it('an unknown code is kept raw, raised as unknown and counted', async () => {
    const { terminal, client } = await newcomer('2002');
    const event = new NativeVoice('b1').event('E-4711', 'raised');
    await client.publishAsync(`lift/v1/${terminal.id}/event`, JSON.stringify(event), { qos: 1 });
    const faults = await until('the fault', async () => {
      const found = await faultsOf(terminal.lift);
      return found.length > 0 && found;
    });
    expect(faults).toMatchObject([{ kind: 'unknown', code: 'E-4711', state: 'open' }]);
    expect(await platform.metric('liftwarden_unknown_codes_total', { profile: 'native-v1' })).toBe(1);
    await client.endAsync();
  });
});

describe('odd clocks, orders and identities', () => {
  it('a clock years off raises its alarm all the same, marked', async () => {
    const { terminal, client } = await newcomer('3001');
    const event = new NativeVoice('b1').event('overspeed', 'raised', { at: Date.UTC(1999, 0, 1) });
    await client.publishAsync(`lift/v1/${terminal.id}/event`, JSON.stringify(event), { qos: 1 });
    const alarms = await until('the alarm', async () => {
      const found = await platform.list<{ clockSuspect: boolean; raisedAt: string }>(
        `/alarms?lift=${terminal.lift}`,
      );
      return found.length > 0 && found;
    });
    expect(alarms[0]?.clockSuspect).toBe(true);
    expect(Math.abs(Date.parse(alarms[0]?.raisedAt ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await platform.metric('liftwarden_clock_suspect_messages_total')).toBeGreaterThan(0);
    await client.endAsync();
  });

  it('duplicates change nothing; a restarted terminal is never taken for an old one', async () => {
    const { terminal, client } = await newcomer('3002');
    const topic = `lift/v1/${terminal.id}/event`;
    const voice = new NativeVoice('b1', 500);
    const raised = JSON.stringify(voice.event('door-held', 'raised'));
    const cleared = JSON.stringify(voice.event('door-held', 'cleared'));
    const restarted = JSON.stringify(new NativeVoice('b2', 0).event('door-held', 'raised'));
    for (const payload of [raised, raised, cleared, raised, restarted]) {
      await client.publishAsync(topic, payload, { qos: 1 });
    }
    const faults = await until('two faults', async () => {
      const found = await faultsOf(terminal.lift);
      return found.length === 2 && found.some(({ state }) => state === 'open') && found;
    });
    expect(faults.map(({ state }) => state).sort()).toEqual(['cleared', 'open']);
    expect(await platform.metric('liftwarden_ingest_items_total', { verdict: 'duplicate' })).toBe(2);
    await client.endAsync();
  });

  it('out of order: a late sample does not become the live state', async () => {
    const { terminal, client } = await newcomer('3003');
    const voice = new NativeVoice('b1');
    const early = JSON.stringify({ ...voice.telemetry({ floor: '1' }), at: Date.now() - 5_000 });
    const late = JSON.stringify(voice.telemetry({ floor: '9' }));
    await client.publishAsync(`lift/v1/${terminal.id}/telemetry`, late, { qos: 1 });
    await client.publishAsync(`lift/v1/${terminal.id}/telemetry`, early, { qos: 1 });
    const live = await until('both points', async () => {
      const lag = await platform.metric('liftwarden_journal_reader_lag_entries', { reader: 'series' });
      const lift = await platform.api<{ live: { floor: string } | null }>('GET', `/lifts/${terminal.lift}`);
      return lag === 0 && lift.live;
    });
    expect(live.floor).toBe('9');
    await client.endAsync();
  });
});

describe('rights', () => {
  it.each([
    ['an unknown terminal', { id: 'nobody', secret: 'x' }, {}],
    ['a wrong secret', { id: 'T4001', secret: 'wrong' }, {}],
    ['another client id than the user name', null, { clientId: 'T4002x' }],
    [
      'a will on a forbidden topic',
      null,
      { will: { topic: 'lift/v1/T9999/status', payload: Buffer.from('{}'), qos: 1 as const, retain: true } },
    ],
  ])('%s is refused', async (_name, other, options) => {
    const known = (await platform.list<{ id: string }>('/terminals')).some(({ id }) => id === 'T4001');
    if (!known) own = await register(platform, '4001');
    await expect(connect(platform, other ?? own, options)).rejects.toThrow();
  });
  let own: Registered;

  it("another terminal's topic cuts the sender off, and the bytes are kept", async () => {
    const { terminal, client } = await newcomer('4003');
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish(
      'lift/v1/T4001/event',
      JSON.stringify(new NativeVoice('b1').event('overspeed', 'raised')),
      { qos: 1 },
    );
    await closed;
    const kept = await until('the quarantine', async () =>
      (await quarantine('topic-not-allowed')).find((each) => each.terminal === terminal.id),
    );
    expect(kept.topic).toBe('lift/v1/T4001/event');
    expect(await faultsOf(own.lift)).toEqual([]);
  });

  it('no key, no answer; a key in the address is refused', async () => {
    expect((await platform.raw('GET', '/alarms', undefined, null)).status).toBe(401);
    expect((await platform.raw('GET', `/alarms?key=${platform.adminKey}`, undefined, null)).status).toBe(400);
    expect((await fetch(`${platform.url}/metrics`)).status).toBe(401);
  });
});

describe('starting and stopping', () => {
  it('a bad variable stops the start with one line that names it', async () => {
    const env = { DATA_DIR: join(platform.dataDir, 'other'), HTTP_PORT: 'eighty' };
    const ended = await runBuilt(['apps/platform/main.js'], env);
    expect(ended).toMatchObject({
      code: 1,
      stderr: 'platform: HTTP_PORT is "eighty": give a port from 0 to 65535\n',
    });
  });

  it('a second process on the same DATA_DIR is refused in one line', async () => {
    const ended = await runBuilt(['apps/platform/main.js'], {
      DATA_DIR: platform.dataDir,
      HTTP_PORT: '0',
      MQTT_PORT: '0',
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^platform: DATA_DIR .* is in use by process \d+: [^\n]*\n$/);
  });

  it('ingest alone names the engine it needs', async () => {
    const ended = await runBuilt(['apps/ingest/main.js'], { DATA_DIR: join(platform.dataDir, 'other') });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^ingest: DATABASE_URL is not set: [^\n]*\n$/);
  });

  it('SIGTERM stops it in order and frees the folder', async () => {
    expect(await platform.stop()).toBe(0);
    expect(existsSync(join(platform.dataDir, 'lock'))).toBe(false);
    await platform.start();
  }, 60_000);
});
