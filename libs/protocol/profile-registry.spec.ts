import fc from 'fast-check';
import { GOLDEN_CASES } from '../../test/harness/golden-cases.js';
import { compileNativeValidators, PROFILES, profileOfTopic, QUARANTINE_REASONS } from './index.js';
import { NATIVE_UPLINKS } from './topics.js';

const JTC_EVENTS = ['ErrorEvent', 'LockClose', 'AlarmEvent', 'SelfError', 'LiveData', 'RunStatistics', 'ntp'];
/** Every golden topic too, so that a new profile is tried without a line here. */
const TOPICS = [
  ...new Set([
    ...NATIVE_UPLINKS.map((name) => `lift/v1/T1/${name}`),
    ...JTC_EVENTS.map((name) => `/device/JTC340/T1/thing/event/${name}/post/`),
    ...GOLDEN_CASES.map(({ topic }) => topic),
  ]),
];

/** Bytes of every kind: none at all, noise, JSON of any shape, and the vendor's envelope around anything. */
const envelope = fc
  .record({ Version: fc.jsonValue(), Params: fc.record({ Value: fc.jsonValue(), Time: fc.jsonValue() }) })
  .map((value) => JSON.stringify(value));
const fields = fc.constantFrom(
  'ErrorType',
  'Type',
  'AlarmType',
  'CurrentFloor',
  'DoorState',
  'Speed',
  'CloseTime',
);
const vendor = fc
  .tuple(fc.dictionary(fields, fc.jsonValue({ maxDepth: 1 })), fc.jsonValue({ maxDepth: 0 }))
  .map(([Value, Time]) => JSON.stringify({ Version: 1, Params: { Value, Time } }));
/** A golden input with some characters taken out, doubled or replaced. */
const nearGolden = fc
  .tuple(
    fc.constantFrom(...GOLDEN_CASES),
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom('', '"', '}', '9', '-', 'null'),
  )
  .map(([{ input }, where, cut, put]) => {
    const sent = Buffer.from(input).toString();
    const at = where % (sent.length + 1);
    return sent.slice(0, at) + put + sent.slice(at + cut);
  });
const text = fc.oneof(fc.json(), envelope, vendor, nearGolden, fc.string({ unit: 'binary' }));
const MOMENT = { receivedAt: 1_767_225_600_500, now: 1_767_225_600_504 };
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  text.map((written) => new TextEncoder().encode(written)),
);

/** The profiles that know the topic. */
const profilesOf = (topic: string) =>
  [...PROFILES.values()].filter((profile) => profile.terminalOf(topic) !== null);

describe('every profile', () => {
  beforeAll(() => {
    compileNativeValidators();
  });

  it('decodes any bytes on any topic without throwing, and says why it refuses', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...TOPICS), fc.string()), payload, (topic, bytes) => {
        for (const profile of PROFILES.values()) {
          const decoded = profile.decode(topic, bytes);
          seen.add(decoded.ok ? 'ok' : decoded.reason);
          const answer = profile.answer?.(topic, bytes, MOMENT) ?? null;
          const terminal = profile.terminalOf(topic) ?? '';
          if (answer !== null) expect(profile.maySubscribe(terminal, answer.topic)).toBe(true);
          if (decoded.ok) continue;
          expect(QUARANTINE_REASONS).toContain(decoded.reason);
          expect(decoded.detail.length).toBeGreaterThan(0);
          expect(decoded.detail.length).toBeLessThanOrEqual(500);
        }
      }),
      { numRuns: 800 },
    );
    for (const reason of [
      'ok',
      'unknown-topic',
      'empty-payload',
      'not-utf8',
      'malformed-json',
      'invalid-payload',
    ]) {
      expect(seen).toContain(reason);
    }
  });

  it.each(TOPICS)('survives 30,000 nested arrays and objects on %s', (topic) => {
    const deep = ['['.repeat(30_000) + ']'.repeat(30_000), `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`];
    for (const value of deep) {
      for (const written of [value, `{"Version":1,"Params":{"Value":${value}}}`, `{"v":1,"boot":${value}}`]) {
        for (const profile of profilesOf(topic)) {
          const decoded = profile.decode(topic, new TextEncoder().encode(written));
          // What is accepted must survive JSON.stringify on its way to the records.
          if (decoded.ok) expect(JSON.stringify(decoded.items).length).toBeGreaterThan(1);
          else if (decoded.reason !== 'unknown-topic') expect(decoded.detail).toMatch(/is|nests/);
        }
      }
    }
  });

  it('keeps a refusal within 500 characters on a topic of 60,000', () => {
    const topics = [`lift/v1/T1/${'x'.repeat(60_000)}`, `/device/JTC340/T1/${'😀'.repeat(30_000)}`];
    for (const topic of topics) {
      for (const profile of PROFILES.values()) {
        const decoded = profile.decode(topic, new Uint8Array([123, 125]));
        expect(decoded).toMatchObject({ ok: false, reason: 'unknown-topic' });
        if (decoded.ok) continue;
        expect(decoded.detail.length).toBeLessThanOrEqual(500);
        expect(decoded.detail).not.toMatch(/\p{Cs}/u);
      }
    }
  });

  it('never pollutes Object.prototype', () => {
    const evil = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    const reading = '"v":1,"boot":"b","seq":1,"at":1,"moving":true,"doorState":"open","inDoorZone":true';
    const event = '"v":1,"boot":"b","id":"e","seq":1,"at":1,"code":"c","state":"raised"';
    const vendor = `{"Params":{"Value":{"ErrorType":1,"Type":1,"AlarmType":1,${evil}},${evil}},${evil}}`;
    const payloads = [`{${evil},${reading}}`, `{${event},"detail":{${evil}},${evil}}`, vendor];
    let accepted = 0;
    for (const topic of TOPICS) {
      for (const written of payloads) {
        for (const profile of profilesOf(topic)) {
          const decoded = profile.decode(topic, new TextEncoder().encode(written));
          if (decoded.ok && decoded.items.length > 0) accepted += 1;
        }
      }
    }
    expect(accepted).toBeGreaterThanOrEqual(2 + JTC_EVENTS.length);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('profileOfTopic', () => {
  it.each([
    ['lift/v1/T1/telemetry', 'native-v1', 'T1'],
    ['lift/v1/T1/unheard-of', 'native-v1', 'T1'],
    ['/device/JTC340/93400/thing/event/LiveData/post/', 'jtc340', '93400'],
    ['/device/JTC340/93400/thing/property/post', 'jtc340', '93400'],
    ['/device/DID340/1/thing/event/ntp/post/', 'jtc340', '1'],
  ])('%s is of %s, terminal %s', (topic, name, terminalId) => {
    const found = profileOfTopic(topic);
    expect(found?.profile.name).toBe(name);
    expect(found?.terminalId).toBe(terminalId);
  });

  it.each([
    '',
    '/',
    'lift/v1/T1',
    '/device/JTC340/ntp',
    '/device/JTC340/__proto__/x',
    '/device/J+/1/thing/event/ntp/post/',
    '$SYS/x',
  ])('%j is nobody’s', (topic) => {
    expect(profileOfTopic(topic)).toBeNull();
  });

  it('names one terminal a topic, whichever profiles know it', () => {
    for (const topic of TOPICS) {
      const named = [...PROFILES.values()].map((profile) => profile.terminalOf(topic));
      const terminals = new Set(named.filter((terminalId) => terminalId !== null));
      expect([topic, terminals.size]).toEqual([topic, 1]);
    }
  });
});

describe('uplink filters', () => {
  const filters = [...new Set([...PROFILES.values()].flatMap(({ uplinkFilters }) => uplinkFilters))];
  const matches = (filter: string, topic: string): boolean => {
    const levels = topic.split('/');
    const wanted = filter.split('/');
    const fits = wanted.every((level, at) => level === '#' || level === '+' || level === levels[at]);
    return fits && (wanted.at(-1) === '#' || wanted.length === levels.length);
  };

  it('match every topic a terminal may publish to, once', () => {
    for (const topic of TOPICS) {
      expect([topic, filters.filter((filter) => matches(filter, topic)).length]).toEqual([topic, 1]);
    }
  });
});
