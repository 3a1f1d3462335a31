import type { AnySchema, JsonSchema } from '#access';
import {
  EventPayload,
  NATIVE_DOWNLINKS,
  NATIVE_UPLINKS,
  type NativeDownlink,
  type NativeUplink,
  nativeTopic,
  PAYLOAD_BYTES_MAX,
  SnapshotPayload,
  StatusPayload,
  TELEMETRY_ITEMS_MAX,
  TERMINAL_ID_PATTERN,
  TelemetryPayload,
} from '#protocol';
import { dtoSchema } from './dto-schema.js';

type Json = Readonly<Record<string, unknown>>;

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: Json;
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, Json>>;
  readonly operations: Readonly<Record<string, Json>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Json>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

interface Topic {
  readonly is: string;
  readonly payload: AnySchema;
  /** Qualities of service that a terminal may use. */
  readonly qos: readonly number[];
  readonly retained: boolean;
}

const ROOT = '#/components/schemas/';
const SAMPLE = dtoSchema(TelemetryPayload, ROOT, 'kept');
const ANY_OBJECT: AnySchema = { json: { type: 'object' }, named: {} };

/** By name, so that a topic that is added to the catalogue does not compile until it is described. */
const TOPICS: Readonly<Record<NativeUplink | NativeDownlink, Topic>> = {
  telemetry: {
    is: `One reading, or an array of 1 to ${TELEMETRY_ITEMS_MAX}, each with its own seq.`,
    payload: {
      json: {
        anyOf: [
          SAMPLE.json,
          { type: 'array', items: SAMPLE.json, minItems: 1, maxItems: TELEMETRY_ITEMS_MAX },
        ],
      },
      named: SAMPLE.named,
    },
    qos: [0, 1, 2],
    retained: false,
  },
  event: {
    is: 'A fault began or ended.',
    payload: dtoSchema(EventPayload, ROOT, 'kept'),
    qos: [1, 2],
    retained: false,
  },
  snapshot: {
    is: 'All codes active now, after each reconnect: lost clears are repaired by it.',
    payload: dtoSchema(SnapshotPayload, ROOT, 'kept'),
    qos: [1, 2],
    retained: false,
  },
  status: {
    is: 'Online or not; the last will is the same with online false.',
    payload: dtoSchema(StatusPayload, ROOT, 'kept'),
    qos: [0, 1, 2],
    retained: true,
  },
  reply: { is: 'Answer to a command.', payload: ANY_OBJECT, qos: [1, 2], retained: false },
  command: { is: 'Asks something of the terminal.', payload: ANY_OBJECT, qos: [1], retained: false },
};

/** The native protocol v1, from its topic catalogue and payload classes, as the platform sees it. */
export function asyncApi(): AsyncApiDocument {
  const names = [...NATIVE_UPLINKS, ...NATIVE_DOWNLINKS];
  const named = names.map((name) => TOPICS[name].payload.named);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Liftwarden native protocol',
      version: '1',
      description:
        'MQTT 3.1.1 (or 5 behind an external broker). Client id = user name = terminal id; the password is ' +
        `the terminal's secret. At most ${PAYLOAD_BYTES_MAX} bytes a message. A PUBACK of the edge broker ` +
        'means that the message is in the fsynced journal. Fields that are not listed are kept as sent; an ' +
        'object that nests deeper than 32 levels is refused.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(names.map((name) => [name, channelOf(name)])),
    operations: Object.fromEntries([
      ...NATIVE_UPLINKS.map((name) => [`receive${capital(name)}`, operationOf('receive', name)]),
      ...NATIVE_DOWNLINKS.map((name) => [`send${capital(name)}`, operationOf('send', name)]),
    ]) as Record<string, Json>,
    components: {
      messages: Object.fromEntries(names.map((name) => [name, messageOf(name)])),
      schemas: Object.assign({}, ...named) as Record<string, JsonSchema>,
    },
  };
}

function channelOf(name: NativeUplink | NativeDownlink): Json {
  return {
    address: nativeTopic('{terminalId}', name),
    description: TOPICS[name].is,
    parameters: {
      terminalId: { description: `Id of the terminal: ${TERMINAL_ID_PATTERN.source}` },
    },
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
  };
}

function operationOf(action: 'send' | 'receive', name: NativeUplink | NativeDownlink): Json {
  const { is, retained, qos } = TOPICS[name];
  return {
    action,
    channel: { $ref: `#/channels/${name}` },
    summary: is,
    // The MQTT binding names one QoS: the least that the platform needs. All that are allowed stand beside
    // it.
    bindings: { mqtt: { qos: qos[0], retain: retained, bindingVersion: '0.2.0' } },
    'x-qos': qos,
  };
}

function messageOf(name: NativeUplink | NativeDownlink): Json {
  const { is, payload } = TOPICS[name];
  return { name, summary: is, contentType: 'application/json', payload: payload.json };
}

function capital(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
