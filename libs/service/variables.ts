import { type ConfigSchema, oneOf, optionalUrl, port, text } from '#runtime';

/** Variables of every service. */
export const STORAGE_VARIABLES = {
  DATA_DIR: text('Folder of the journal and of the embedded stores; locked to one process.', './data'),
  DATABASE_URL: optionalUrl(
    'PostgreSQL for the records, `postgres://user:password@host/database`; without it PGlite is used.',
    ['postgres', 'postgresql'],
  ),
  LOG_FORMAT: oneOf('`text` for people, `json` for machines: one object a line.', ['text', 'json'], 'text'),
} satisfies ConfigSchema;

export const HTTP_VARIABLES = {
  HTTP_PORT: port('Port of the page, the API, metrics and health; 0 takes a free one.', 3000),
  HTTP_HOST: text('Address that port listens on; beyond this machine put TLS in front of it.', '127.0.0.1'),
} satisfies ConfigSchema;

export const EDGE_VARIABLES = {
  MQTT_PORT: port('Port of the edge broker, to which terminals connect; 0 takes a free one.', 1883),
  MQTT_HOST: text(
    'Address the edge broker listens on; `0.0.0.0` for terminals beyond this machine.',
    '127.0.0.1',
  ),
} satisfies ConfigSchema;
