import { type Clock, Interludes, type Metrics } from '#runtime';
import type { TerminalAccess } from './terminal-access.js';

/** What terminals verify the broker by. */
export interface EdgeTls {
  /** TCP port, 0–65,535; 0 = any free one, see `boundTlsPort`. */
  readonly port: number;
  /** Certificate chain, PEM. */
  readonly cert: string | Uint8Array;
  /** Its private key, PEM, without a passphrase. */
  readonly key: string | Uint8Array;
}

/**
 * What the edge broker needs and how much it may use. Every limit has a default and a metric that shows its
 * use.
 */
export interface EdgeBrokerOptions {
  /** Address to listen on; all addresses when absent. */
  readonly host?: string;
  /** TCP port, 0–65,535; 0 = any free one, see `boundPort`. */
  readonly port: number;
  /** A second listener, with TLS 1.2 or newer and the same policy, on the same `host`. */
  readonly tls?: EdgeTls;
  readonly access: TerminalAccess;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Taken between the messages of a turn of the loop; without it nobody is heard in between. */
  readonly interludes?: Interludes;
  /** Greatest remaining length of a PUBLISH, bytes. Default 1 MiB, at most 256 MiB − 1 (MQTT's own limit). */
  readonly packetMaxBytes?: number;
  /** Messages handed to the handler at once. Default 2,000. */
  readonly batchMax?: number;
  /** Messages handed over and not yet answered before sockets are no longer read. Default 20,000. */
  readonly inFlightMax?: number;
  /** The same in bytes of topic and payload. Default 64 MiB. */
  readonly inFlightMaxBytes?: number;
  /**
   * Announced sizes of packets that have begun to arrive and not ended, over all connections. Default 64
   * MiB.
   */
  readonly incompleteMaxBytes?: number;
  /** Messages a second of one terminal, for ever; beyond it its telemetry gives way. Default 500. */
  readonly terminalRatePerSecond?: number;
  /** Messages of one terminal at once after a rest. Default 5,000: what a terminal stores while cut off. */
  readonly terminalBurst?: number;
  /** Telemetry of one terminal over its rate that may wait before the connection is cut. Default 200. */
  readonly waitingPerTerminalMax?: number;
  /** The same of all terminals together. Default 20,000. */
  readonly waitingMax?: number;
  /** The same in bytes of topic and payload. Default 64 MiB. */
  readonly waitingMaxBytes?: number;
  /** Concurrent connections, authenticated or not. Default 20,000 (22 KB each, PITFALL 20e). */
  readonly connectionsMax?: number;
  /** From accepting a socket to having authenticated. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** From the first byte of a packet to its last. Default 120 s: 1 MiB at 9 KB/s. */
  readonly packetTimeoutMs?: number;
  /** How long a terminal may leave a message to it unread before it is cut off (PITFALL 19). Default 10 s. */
  readonly drainTimeoutMs?: number;
  /** How long `close` waits for the handler to finish what it has. Default 10 s. */
  readonly closeTimeoutMs?: number;
}

export type ResolvedOptions = Required<Omit<EdgeBrokerOptions, 'host' | 'tls'>> & {
  readonly host: string | null;
  readonly tls: EdgeTls | null;
};

const MQTT_PACKET_MAX_BYTES = 268_435_455;
const TIMEOUT_MAX_MS = 3_600_000;

/** Fills in the defaults. Throws a RangeError that names the option, its value and its range. */
export function resolveOptions(options: EdgeBrokerOptions): ResolvedOptions {
  const whole = (name: keyof EdgeBrokerOptions, fallback: number, min: number, max: number): number => {
    const value = options[name] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RangeError(
      `EdgeBrokerStrategy: ${name} is ${String(value)}; it must be a whole number from ${min} to ${max}.`,
    );
  };
  const mebibyte = 1024 * 1024;
  return {
    host: options.host ?? null,
    port: whole('port', 1883, 0, 65_535),
    tls: options.tls ?? null,
    access: options.access,
    clock: options.clock,
    metrics: options.metrics,
    interludes: options.interludes ?? new Interludes(),
    packetMaxBytes: whole('packetMaxBytes', mebibyte, 1, MQTT_PACKET_MAX_BYTES),
    batchMax: whole('batchMax', 2_000, 1, 1_000_000),
    inFlightMax: whole('inFlightMax', 20_000, 1, 10_000_000),
    inFlightMaxBytes: whole('inFlightMaxBytes', 64 * mebibyte, 1, Number.MAX_SAFE_INTEGER),
    incompleteMaxBytes: whole('incompleteMaxBytes', 64 * mebibyte, 1, Number.MAX_SAFE_INTEGER),
    terminalRatePerSecond: whole('terminalRatePerSecond', 500, 1, 1_000_000),
    terminalBurst: whole('terminalBurst', 5_000, 1, 10_000_000),
    waitingPerTerminalMax: whole('waitingPerTerminalMax', 200, 0, 1_000_000),
    waitingMax: whole('waitingMax', 20_000, 0, 10_000_000),
    waitingMaxBytes: whole('waitingMaxBytes', 64 * mebibyte, 0, Number.MAX_SAFE_INTEGER),
    connectionsMax: whole('connectionsMax', 20_000, 1, 1_000_000),
    connectTimeoutMs: whole('connectTimeoutMs', 10_000, 1, TIMEOUT_MAX_MS),
    packetTimeoutMs: whole('packetTimeoutMs', 120_000, 1, TIMEOUT_MAX_MS),
    drainTimeoutMs: whole('drainTimeoutMs', 10_000, 1, TIMEOUT_MAX_MS),
    closeTimeoutMs: whole('closeTimeoutMs', 10_000, 1, TIMEOUT_MAX_MS),
  };
}
