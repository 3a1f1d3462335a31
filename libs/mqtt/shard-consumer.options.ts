import { randomInt } from 'node:crypto';
import { PROFILES } from '#protocol';
import type { Clock, Metrics } from '#runtime';

/** Every profile's uplinks, by wildcard: unknown terminals are seen too, and quarantined. */
export const UPLINK_FILTERS: readonly string[] = [
  // Profiles may share topics: asked for twice, each message would come twice.
  ...new Set([...PROFILES.values()].flatMap((profile) => profile.uplinkFilters)),
];

/** What the consumer of an external broker needs and how much it may use. */
export interface ShardConsumerOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://` or `wss://`, with `user:password@` (percent-encoded) and, for WebSocket,
   * the path. The password is never logged.
   */
  readonly url: string;
  /** Names the persistent session; one live consumer each. Default `liftwarden-shard-00`. */
  readonly clientId?: string;
  /** Default `UPLINK_FILTERS`. */
  readonly filters?: readonly string[];
  /** QoS asked for; what terminals publish with less comes with less. Default 1. */
  readonly qos?: 1 | 2;
  /** Default: 5, and 4 (MQTT 3.1.1) when the broker refuses that. */
  readonly protocolVersion?: 4 | 5;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /**
   * Messages received and not yet acknowledged, 1–65,535; MQTT 5's receive maximum. Default 2,000. Mosquitto
   * has a bound of its own for MQTT 3.1.1, `max_inflight_messages`.
   */
  readonly window?: number;
  /** The same in bytes of topic and payload. Default 64 MiB. */
  readonly windowMaxBytes?: number;
  /** Messages handed to the handler at once. Default 2,000. */
  readonly batchMax?: number;
  /** A larger PUBLISH is cut to this, counted, and handed over. Default 1 MiB, at least 256 KiB. */
  readonly packetMaxBytes?: number;
  /** 5–65,535. Default 30. */
  readonly keepaliveSeconds?: number;
  /** From dialling to CONNACK, and from SUBSCRIBE to SUBACK. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Pause before a refused filter is asked for again. Default 30 s. */
  readonly subscribeRetryMs?: number;
  /** Follow Mosquitto's count of dropped messages in `$SYS`. Default true; brokers without it ignore it. */
  readonly followBrokerDrops?: boolean;
  /** Messages to terminals accepted and not yet acknowledged by the broker, 1–16,384. Default 10,000. */
  readonly downlinkMax?: number;
  /** From a message to a terminal to the broker's PUBACK. Default 5 s. */
  readonly downlinkTimeoutMs?: number;
  /** How long `close` waits for the handler to finish what it has. Default 10 s. */
  readonly closeTimeoutMs?: number;
  /** 0 to 1; spreads reconnects. */
  readonly random?: () => number;
}

/** Where the broker is, and as whom to go there. */
export interface BrokerAddress {
  readonly scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** The URL without user and password. */
  readonly shown: string;
}

export type ResolvedShardOptions = Required<Omit<ShardConsumerOptions, 'url' | 'protocolVersion' | 'ca'>> & {
  readonly broker: BrokerAddress;
  readonly protocolVersion: 4 | 5 | null;
  readonly ca: string | null;
};

const DEFAULT_PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;
const TIMEOUT_MAX_MS = 3_600_000;
const MQTT_PACKET_MAX_BYTES = 268_435_455;
/** Room for the longest topic and a payload that the codecs refuse as too large. */
const PACKET_MIN_BYTES = 256 * 1024;
const RANDOM_STEPS = 2 ** 32;

/** Fills in the defaults. Throws an error that names the option, its value and what is allowed. */
export function resolveShardOptions(options: ShardConsumerOptions): ResolvedShardOptions {
  const whole = (name: keyof ShardConsumerOptions, fallback: number, min: number, max: number): number => {
    const value = options[name] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RangeError(
      `ShardConsumerStrategy: ${name} is ${String(value)}; it must be a whole number from ${min} to ${max}.`,
    );
  };
  const mebibyte = 1024 * 1024;
  const filters = options.filters ?? UPLINK_FILTERS;
  if (filters.length === 0)
    throw new RangeError('ShardConsumerStrategy: filters is empty; give one or more.');
  return {
    broker: parseBrokerUrl(options.url),
    clientId: options.clientId ?? 'liftwarden-shard-00',
    filters,
    qos: options.qos ?? 1,
    protocolVersion: options.protocolVersion ?? null,
    ca: options.ca ?? null,
    clock: options.clock,
    metrics: options.metrics,
    window: whole('window', 2_000, 1, 65_535),
    windowMaxBytes: whole('windowMaxBytes', 64 * mebibyte, 1, Number.MAX_SAFE_INTEGER),
    batchMax: whole('batchMax', 2_000, 1, 65_535),
    packetMaxBytes: whole('packetMaxBytes', mebibyte, PACKET_MIN_BYTES, MQTT_PACKET_MAX_BYTES),
    keepaliveSeconds: whole('keepaliveSeconds', 30, 5, 65_535),
    connectTimeoutMs: whole('connectTimeoutMs', 10_000, 1, TIMEOUT_MAX_MS),
    subscribeRetryMs: whole('subscribeRetryMs', 30_000, 1, TIMEOUT_MAX_MS),
    downlinkMax: whole('downlinkMax', 10_000, 1, 16_384),
    downlinkTimeoutMs: whole('downlinkTimeoutMs', 5_000, 1, TIMEOUT_MAX_MS),
    closeTimeoutMs: whole('closeTimeoutMs', 10_000, 1, TIMEOUT_MAX_MS),
    followBrokerDrops: options.followBrokerDrops ?? true,
    random: options.random ?? (() => randomInt(RANDOM_STEPS) / RANDOM_STEPS),
  };
}

/** Throws an error that says what is wrong and never contains the password. */
export function parseBrokerUrl(url: string): BrokerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const scheme = parsed?.protocol.slice(0, -1);
  if (parsed === null || parsed.hostname === '' || !isScheme(scheme)) {
    throw new Error('The broker URL must be mqtt://, mqtts://, ws:// or wss:// with a host.');
  }
  const { hostname, port, pathname, search } = parsed;
  const numeric = port === '' ? DEFAULT_PORTS[scheme] : Number(port);
  const path = scheme.startsWith('ws') ? `${pathname === '' ? '/' : pathname}${search}` : '';
  try {
    return {
      scheme,
      // An IPv6 address stands in brackets in a URL and without them everywhere else.
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: numeric,
      username: parsed.username === '' ? null : decodeURIComponent(parsed.username),
      password: parsed.password === '' ? null : decodeURIComponent(parsed.password),
      shown: `${scheme}://${hostname}:${numeric}${path}`,
    };
  } catch {
    throw new Error('The user or password in the broker URL is not percent-encoded; write % as %25.');
  }
}

function isScheme(scheme: string | undefined): scheme is BrokerAddress['scheme'] {
  return scheme !== undefined && Object.hasOwn(DEFAULT_PORTS, scheme);
}
