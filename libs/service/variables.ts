import { isIP } from 'node:net';
import {
  type ConfigSchema,
  oneOf,
  optionalPort,
  optionalText,
  optionalUrl,
  port,
  text,
  type Variable,
} from '#runtime';

/** Variables of every service. */
export const STORAGE_VARIABLES = {
  DATA_DIR: text('Folder of the journal and of the embedded stores; locked to one process.', './data'),
  DATABASE_URL: optionalUrl(
    'PostgreSQL for the records, `postgres://user:password@host/database`; without it PGlite is used.',
    ['postgres', 'postgresql'],
  ),
  INFLUX_URL: optionalUrl('InfluxDB for the series; without it DuckDB runs in the process.', [
    'http',
    'https',
  ]),
  INFLUX_VERSION: oneOf('Generation of that InfluxDB.', ['1', '2', '3'], '2'),
  INFLUX_TOKEN: optionalText('Its token; `user:password` for 1.x, where it may be absent.'),
  INFLUX_ORG: optionalText('Its organisation; 2.x only.'),
  INFLUX_BUCKET: text('Its bucket, or database for 1.x and 3.x.', 'liftwarden'),
  INFLUX_STATES: oneOf(
    'Whether a point carries the states (doors, floor, …) that changed, and all of them once a minute, at ' +
      'half the work for InfluxDB; or all of them always, for queries of your own that filter by them.',
    ['changes', 'always'],
    'changes',
  ),
  LOG_FORMAT: oneOf('`text` for people, `json` for machines: one object a line.', ['text', 'json'], 'text'),
} satisfies ConfigSchema;

/** Reverse proxies that are believed; null = none, which is right without one. */
const trustedProxies: Variable<readonly string[] | null> = {
  description:
    'Addresses or networks, comma separated, or `loopback`, of the reverse proxies in front: their ' +
    '`X-Forwarded-For` and `X-Forwarded-Proto` are believed.',
  fallback: null,
  parse: (value) => {
    const entries = value.split(',').map((entry) => entry.trim());
    if (!entries.every(isProxy))
      throw new Error('give addresses such as 10.0.0.1 or 10.0.0.0/8, or loopback');
    return entries;
  },
};

function isProxy(entry: string): boolean {
  if (entry === 'loopback') return true;
  const [address = '', bits, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  // A network of no bits would believe everybody.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const HTTP_VARIABLES = {
  HTTP_PORT: port('Port of the page, the API, metrics and health; 0 takes a free one.', 3000),
  HTTP_HOST: text('Address that port listens on; beyond this machine put TLS in front of it.', '127.0.0.1'),
  TRUST_PROXY: trustedProxies,
} satisfies ConfigSchema;

/** How terminals reach a service: its own edge broker, or an external one. */
export const BROKER_VARIABLES = {
  MQTT_PORT: port('Port of the edge broker, to which terminals connect; 0 takes a free one.', 1883),
  MQTT_HOST: text(
    'Address the edge broker listens on; `0.0.0.0` for terminals beyond this machine.',
    '127.0.0.1',
  ),
  MQTTS_PORT: optionalPort('Port of the edge broker with TLS; wants `TLS_CERT` and `TLS_KEY`.'),
  TLS_CERT: optionalText('File of its certificate chain, PEM.'),
  TLS_KEY: optionalText('File of its private key, PEM.'),
  MQTT_URL: optionalUrl(
    'External broker, `mqtt://user:password@host`; terminals then connect to that and no edge broker runs.',
    ['mqtt', 'mqtts', 'ws', 'wss'],
  ),
} satisfies ConfigSchema;
