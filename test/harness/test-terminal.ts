import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { PlatformProcess } from './platform-process.js';

/** A terminal as the API registered it. */
export interface Registered {
  readonly id: string;
  readonly secret: string;
  readonly lift: string;
}

/** Registers a county, a lift and its terminal. `serial` is four digits, one a lift. */
export async function register(
  platform: PlatformProcess,
  serial: string,
  profile: 'native-v1' | 'jtc340' = 'native-v1',
): Promise<Registered> {
  const district = await platform.raw('POST', '/districts', { code: '500231', name: '垫江县' });
  if (![201, 409].includes(district.status)) throw new Error(`POST /districts answered ${district.status}`);
  const lift = `3110500231202001${serial}`;
  await platform.api('POST', '/lifts', {
    registrationCode: lift,
    rescueCode: `31${serial}`,
    district: '500231',
    address: `桂溪街道工农路${Number(serial)}号`,
  });
  const id = `T${serial}`;
  const { secret } = await platform.api<{ secret: string }>('POST', '/terminals', { id, profile, lift });
  return { id, secret, lift };
}

/** Connects as `terminal`; rejects when the broker refuses. Never reconnects by itself. */
export function connect(
  platform: PlatformProcess,
  terminal: Pick<Registered, 'id' | 'secret'>,
  options: IClientOptions = {},
): Promise<MqttClient> {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(platform.mqttUrl, {
      clientId: terminal.id,
      username: terminal.id,
      password: terminal.secret,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...options,
    });
    client.once('connect', () => {
      client.on('error', () => undefined);
      resolve(client);
    });
    client.once('error', (error) => {
      client.end(true);
      reject(error);
    });
    client.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** What a terminal of the native protocol sends; `seq` counts up by itself. */
export class NativeVoice {
  private seq: number;

  constructor(
    readonly boot: string,
    firstSeq = 1,
  ) {
    this.seq = firstSeq - 1;
  }

  telemetry(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      v: 1,
      boot: this.boot,
      seq: ++this.seq,
      at: Date.now(),
      mode: 'normal',
      direction: 'none',
      moving: false,
      floor: '3',
      doorState: 'closed',
      inDoorZone: true,
      doorLock: 'closed',
      safetyLoop: 'closed',
      occupied: false,
      speed: 0,
      levelErrorMm: 1,
      powerState: 'mains',
      ...changes,
    };
  }

  event(
    code: string,
    state: 'raised' | 'cleared',
    changes: Record<string, unknown> = {},
  ): Record<string, unknown> {
    const seq = ++this.seq;
    return { v: 1, boot: this.boot, id: `e${seq}`, seq, at: Date.now(), code, state, ...changes };
  }
}
