import type { IConnackPacket, IConnectPacket } from 'mqtt-packet';
import type { ResolvedShardOptions } from './shard-consumer.options.js';

/** What the broker agreed to. */
export interface Handshake {
  readonly accepted: true;
  readonly version: 4 | 5;
  readonly sessionPresent: boolean;
  /** 0 = none. */
  readonly keepaliveMs: number;
  /** QoS 1 and 2 messages of ours that the broker takes unanswered. */
  readonly receiveMaximum: number;
  /** What an operator should know: the broker keeps less than was asked for. */
  readonly warnings: readonly string[];
}

export interface HandshakeRefused {
  readonly accepted: false;
  readonly reason: 'refused' | 'unsupported-version';
  readonly detail: string;
}

/** MQTT 5 §3.1.2.11.2: the session does not expire. MQTT 3.1.1 sessions never do. */
const NEVER_EXPIRES = 0xffff_ffff;
/** MQTT 5 §3.2.2.3.3; 3.1.1 names no bound. */
const RECEIVE_MAXIMUM_DEFAULT = 65_535;
const CONNACK_3: Readonly<Record<number, string>> = {
  2: 'client id rejected',
  3: 'broker unavailable',
  4: 'wrong user or password',
  5: 'not authorised',
};
const CONNACK_5: Readonly<Record<number, string>> = {
  133: 'client id not valid',
  134: 'wrong user or password',
  135: 'not authorised',
  136: 'broker unavailable',
  137: 'broker busy',
  138: 'banned',
  151: 'quota exceeded',
  156: 'use another server',
  157: 'server moved',
  159: 'connection rate exceeded',
};
const UNSUPPORTED_3 = 1;
const UNSUPPORTED_5 = 0x84;

/** A CONNECT that opens, or goes on with, the persistent session. No will: a consumer's end is no event. */
export function connectPacket(options: ResolvedShardOptions, version: 4 | 5): IConnectPacket {
  const { broker, clientId, keepaliveSeconds, window } = options;
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clientId,
    clean: false,
    keepalive: keepaliveSeconds,
    ...(broker.username === null ? {} : { username: broker.username }),
    ...(broker.password === null ? {} : { password: Buffer.from(broker.password) }),
    ...(version === 5
      ? { properties: { sessionExpiryInterval: NEVER_EXPIRES, receiveMaximum: window } }
      : {}),
  };
}

/** Reads the broker's answer to `connectPacket`. */
export function readConnack(
  packet: IConnackPacket,
  version: 4 | 5,
  keepaliveSeconds: number,
): Handshake | HandshakeRefused {
  const code = (version === 5 ? packet.reasonCode : packet.returnCode) ?? 0;
  if (code !== 0) return refusal(code, version);
  const { properties = {} } = packet;
  const warnings: string[] = [];
  const expiry = properties.sessionExpiryInterval ?? NEVER_EXPIRES;
  if (expiry !== NEVER_EXPIRES) {
    warnings.push(`the broker keeps the session of an absent consumer for ${expiry} s only`);
  }
  if (properties.maximumQoS === 0) warnings.push('the broker knows QoS 0 only and may lose messages');
  if (properties.wildcardSubscriptionAvailable === false) warnings.push('the broker allows no wildcards');
  return {
    accepted: true,
    version,
    sessionPresent: packet.sessionPresent,
    keepaliveMs: (properties.serverKeepAlive ?? keepaliveSeconds) * 1000,
    receiveMaximum: properties.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    warnings,
  };
}

function refusal(code: number, version: 4 | 5): HandshakeRefused {
  // A broker of 3.1.1 answers a CONNECT of 5 in its own words.
  if (code === UNSUPPORTED_5 || code === UNSUPPORTED_3) {
    return {
      accepted: false,
      reason: 'unsupported-version',
      detail: `no MQTT ${version === 5 ? '5' : '3.1.1'}`,
    };
  }
  const meaning = (version === 5 ? CONNACK_5 : CONNACK_3)[code] ?? 'no known reason';
  return { accepted: false, reason: 'refused', detail: `CONNACK ${code}: ${meaning}` };
}

/** Which version to try: the fixed one, or 5 and 4 in turn until one was accepted. */
export class VersionChoice {
  current: 4 | 5;
  private settled: boolean;

  constructor(fixed: 4 | 5 | null) {
    this.current = fixed ?? 5;
    this.settled = fixed !== null;
  }

  accepted(): void {
    this.settled = true;
  }

  /** The broker would not speak it, or closed the connection instead of an answer, as some do. */
  refused(): void {
    if (!this.settled) this.current = this.current === 5 ? 4 : 5;
  }
}
