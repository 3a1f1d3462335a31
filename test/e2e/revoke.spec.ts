import type { MqttClient } from 'mqtt';
import { PlatformProcess, until } from '../harness/platform-process.js';
import { connect, NativeVoice, register } from '../harness/test-terminal.js';

/** Issue 5: revoked while connected, cut off within 5 s. */
const CUT_WITHIN_MS = 5_000;

let platform: PlatformProcess;

beforeAll(async () => {
  platform = await PlatformProcess.create();
  await platform.start();
}, 90_000);
afterAll(() => platform.dispose());

/** Resolves with the milliseconds until the broker has ended the connection. */
function cutOff(client: MqttClient): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('still connected after 20 s')), 20_000);
    client.once('close', () => {
      clearTimeout(timer);
      resolve(performance.now() - began);
    });
  });
}

describe('a terminal that is revoked while connected', () => {
  it('is cut off within 5 s, may not come back, and its lift is free for another', async () => {
    const terminal = await register(platform, '7001');
    const bystander = await register(platform, '7002');
    const status = { topic: `lift/v1/${terminal.id}/status`, payload: Buffer.from('{}'), qos: 1 as const };
    const client = await connect(platform, terminal, { will: { ...status, retain: true } });
    const other = await connect(platform, bystander);
    const voice = new NativeVoice('b1');
    await client.publishAsync(`lift/v1/${terminal.id}/telemetry`, JSON.stringify(voice.telemetry()), {
      qos: 1,
    });
    await client.publishAsync(status.topic, status.payload, { qos: 1, retain: true });
    const cut = cutOff(client);
    await platform.api('POST', `/terminals/${terminal.id}/revoke`);
    expect(await cut).toBeLessThan(CUT_WITHIN_MS);
    await expect(connect(platform, terminal)).rejects.toThrow();
    expect(other.connected).toBe(true);
    expect(await platform.metric('liftwarden_mqtt_connections_withdrawn_total', { reason: 'revoked' })).toBe(
      1,
    );
    const successor = { id: 'T7003', profile: 'native-v1', lift: terminal.lift };
    const { secret } = await platform.api<{ secret: string }>('POST', '/terminals', successor);
    const next = await connect(platform, { id: 'T7003', secret });
    await next.publishAsync('lift/v1/T7003/telemetry', JSON.stringify(new NativeVoice('b1').telemetry()), {
      qos: 1,
    });
    const { items } = await platform.api<{ items: { kind: string; terminal?: string; to: string | null }[] }>(
      'GET',
      `/lifts/${terminal.lift}/history`,
    );
    expect(items.filter(({ kind }) => kind === 'terminal')).toMatchObject([
      { terminal: 'T7003', to: null },
      { terminal: terminal.id, to: expect.any(String) },
    ]);
    await Promise.all([other.endAsync(), next.endAsync()]);
  });

  it('is cut off when its secret is replaced, and comes back with the new one', async () => {
    const terminal = await register(platform, '7004');
    const client = await connect(platform, terminal);
    const cut = cutOff(client);
    const { secret } = await platform.api<{ secret: string }>(
      'POST',
      `/terminals/${terminal.id}/rotate-secret`,
    );
    expect(await cut).toBeLessThan(CUT_WITHIN_MS);
    await expect(connect(platform, terminal)).rejects.toThrow();
    const again = await connect(platform, { id: terminal.id, secret });
    await until('the connection', () => again.connected);
    await again.endAsync();
  });
});
