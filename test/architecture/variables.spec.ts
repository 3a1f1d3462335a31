import { readIngestConfig } from '../../apps/ingest/ingest-app.module.js';
import { readPlatformConfig } from '../../apps/platform/platform.module.js';

const TLS = { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };

describe('variables', () => {
  it.each([
    [{ MQTT_PORT: '70000' }, 'MQTT_PORT is "70000": give a port from 0 to 65535'],
    [{ MQTTS_PORT: '-1' }, 'MQTTS_PORT is "-1": give a port from 0 to 65535'],
    [{ MQTTS_PORT: '8883' }, 'MQTTS_PORT is set: it wants TLS_CERT and TLS_KEY'],
    [{ MQTTS_PORT: '8883', ...TLS, MQTT_URL: 'mqtt://broker' }, 'MQTT_URL and MQTTS_PORT are both set'],
    [{ LOG_FORMAT: 'xml' }, 'LOG_FORMAT is "xml": give one of text, json'],
    [
      { DATABASE_URL: 'mysql://u:secret@x' },
      'DATABASE_URL is "mysql://…@x": give a URL that begins with postgres',
    ],
    [{ MQTT_URL: 'broker:1883' }, 'MQTT_URL is "broker:1883": give a URL that begins with mqtt://'],
    [{ INFLUX_URL: 'http://x', INFLUX_VERSION: '4' }, 'INFLUX_VERSION is "4": give one of 1, 2, 3'],
    [{ INFLUX_URL: 'http://x' }, 'INFLUX_TOKEN is not set'],
    [{ INFLUX_URL: 'http://x', INFLUX_TOKEN: 't' }, 'INFLUX_ORG is not set'],
  ])('%j is refused by name', (env, message) => {
    expect(() => readPlatformConfig(env)).toThrow(message);
  });

  it('an empty environment is a whole configuration, frozen', () => {
    const config = readPlatformConfig({ HTTP_PORT: '' });
    expect(config).toMatchObject({
      HTTP_PORT: 3000,
      HTTP_HOST: '127.0.0.1',
      DATABASE_URL: null,
      MQTT_URL: null,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('ingest alone names the engines it needs', () => {
    expect(() => readIngestConfig({})).toThrow('DATABASE_URL is not set');
    expect(() => readIngestConfig({ DATABASE_URL: 'postgres://h/d' })).toThrow('INFLUX_URL is not set');
  });
});
