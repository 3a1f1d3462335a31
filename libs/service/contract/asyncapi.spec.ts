import { Ajv2020 } from 'ajv/dist/2020.js';
import { GOLDEN_CASES } from '../../../test/harness/golden-cases.js';
import { asyncApi } from './asyncapi.js';

type Json = Readonly<Record<string, unknown>>;

const document = asyncApi();

describe('AsyncAPI', () => {
  it('has a channel and an operation for each topic, and references that resolve', () => {
    expect(document.asyncapi).toBe('3.0.0');
    const addresses = Object.values(document.channels).map(({ address }) => address);
    expect(addresses).toContain('lift/v1/{terminalId}/telemetry');
    expect(Object.keys(document.operations)).toEqual(
      expect.arrayContaining(['receiveTelemetry', 'sendCommand']),
    );
    for (const [reference] of JSON.stringify(document).matchAll(/(?<="\$ref":")#[^"]+/g)) {
      const levels = reference.slice(2).split('/');
      const found = levels.reduce<unknown>((at, level) => (at as Json | undefined)?.[level], document);
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });

  it('gives every golden message the verdict that the platform gives it', () => {
    const judged = GOLDEN_CASES.filter(
      ({ profile, name, expected }) =>
        profile === 'native-v1' &&
        // How deep a payload nests is the one rule that a schema cannot say; the document says it in words.
        name !== 'telemetry-nests-too-deep' &&
        (expected.ok || expected.reason === 'invalid-payload' || expected.reason === 'too-many-items'),
    );
    const schemas = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false });
    schemas.addKeyword('components');
    schemas.addSchema({ $id: 'async', components: document.components });
    const verdicts = judged.map(({ name, topic, input, expected }) => {
      const { payload } = document.components.messages[topic.split('/').at(-1) ?? ''] as { payload: Json };
      const absolute = JSON.parse(JSON.stringify(payload).replaceAll('"#/', '"async#/')) as Json;
      const given = schemas.validate(absolute, JSON.parse(new TextDecoder().decode(input)));
      return { name, expected: expected.ok, given };
    });
    expect(verdicts.length).toBeGreaterThan(20);
    expect(verdicts.filter(({ expected, given }) => expected !== given)).toEqual([]);
  });
});
