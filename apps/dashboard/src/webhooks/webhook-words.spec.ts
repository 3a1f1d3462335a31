import { makeDirectory } from '../directory.js';
import type { ApiFailure } from '../http.js';
import { type Translate, translate } from '../i18n/translate.js';
import { type Delivery, type Endpoint, readEndpoint, readStatistics } from './webhook-view.js';
import * as words from './webhook-words.js';

const t: Translate = (key, values) => translate('en', key, values);
const directory = makeDirectory(
  [{ code: '500231', name: 'Dianjiang' }],
  [{ code: 'f7', name: 'Acme Lifts' }],
);
const day = (sent: object) => {
  const statistics = readStatistics({ pending: 0, delivered: 0, failed: 0, ...sent });
  if (statistics === null) throw new Error('the statistics were not read');
  return statistics;
};
const endpoint = (sent: object): Endpoint => {
  const read = readEndpoint({ id: 'we_1', url: 'https://a.example:8443/x', state: 'enabled', ...sent });
  if (read === null) throw new Error('the endpoint was not read');
  return read;
};

describe('shares and latencies', () => {
  it.each([
    [0, 0, null],
    [10, 0, '100 % delivered'],
    [99_999, 1, '99.9 % delivered'],
    [1, 2, '33.3 % delivered'],
    [0, 3, '0 % delivered'],
  ])('%d delivered, %d failed', (delivered, failed, said) => {
    expect(words.describeShare(t, day({ delivered, failed }))).toBe(said);
  });

  it.each([
    [0.4, '0 ms'],
    [12.4, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1_254, '1.25 s'],
    [125_000, '2 min 05 s'],
  ])('%d ms', (ms, said) => {
    expect(words.describeLatency(t, ms)).toBe(said);
  });

  it('are told together, or not at all', () => {
    const all = { latencyP50Ms: 12, latencyP95Ms: 80, latencyP99Ms: 2_100 };
    expect(words.describeLatencies(t, day(all))).toBe('p50 12 ms · p95 80 ms · p99 2.1 s');
    expect(words.describeLatencies(t, day({ ...all, latencyP99Ms: null }))).toBeNull();
  });
});

describe('what an endpoint gets', () => {
  it.each([
    [[], 'All events'],
    [['fault.raised'], 'Fault raised'],
    [['fault.raised', 'x.new'], 'Fault raised, x.new'],
    [['fault.raised', 'fault.cleared', 'alarm.raised', 'alarm.closed'], /Alarm raised and 1 more$/],
  ])('types %j', (types, said) => {
    expect(words.describeTypes(t, { types })).toMatch(said);
  });

  it('filters by name, the unknown ones as they are', () => {
    const filters = {
      priorities: ['critical', 'urgent'],
      kinds: ['entrapment', 'new-kind'],
      district: '500231',
    };
    expect(words.describeFilters(t, directory, filters)).toBe(
      'Critical, urgent · Entrapment, new-kind · Dianjiang',
    );
    expect(words.describeFilters(t, directory, { priorities: [], kinds: [], district: null })).toBe('');
  });

  it.each([
    [{ kind: 'all' }, 'Everything'],
    [{ kind: 'firm', firm: 'f7' }, 'Acme Lifts'],
    [{ kind: 'district', prefix: '500231' }, 'Dianjiang'],
    [{ kind: 'district', prefix: '50' }, '50'],
  ])('scope %j', (scope, said) => {
    expect(words.describeScope(t, directory, endpoint({ scope }).scope)).toBe(said);
  });

  it('host with its port', () => {
    expect(words.hostOf('https://a.example:8443/x?token=1')).toBe('a.example:8443');
    expect(words.hostOf('nonsense')).toBe('nonsense');
  });
});

describe('the standing of an endpoint', () => {
  const stateAt = '2026-05-01T08:00:00Z';
  it.each([
    ['enabled', { state: 'enabled', stateReason: 'created' }, /^$/],
    ['failing', { state: 'enabled', failingSince: stateAt }, /^since 05-01/],
    ['paused', { state: 'disabled', stateReason: 'by-person', stateAt }, /^since 05-01/],
    ['disabled', { state: 'disabled', stateReason: 'gone', stateAt }, /410.* · since 05-01/],
    ['disabled', { state: 'disabled', stateReason: 'new-reason' }, /^new-reason$/],
  ])('%s', (standing, sent, said) => {
    expect(words.standingOf(endpoint(sent))).toBe(standing);
    expect(words.describeStanding(t, endpoint(sent))).toMatch(said);
  });
});

describe('the public key', () => {
  it('is shown where messages are signed for it', () => {
    const publicKey = 'whpk_x';
    expect(words.shownKey(endpoint({ publicKey, signatures: ['v1', 'v1a'] }))).toBe(publicKey);
    expect(words.shownKey(endpoint({ publicKey, signatures: ['v1'] }))).toBeNull();
  });
});

describe('refusals', () => {
  const failure = (part: Partial<ApiFailure>): ApiFailure => ({
    ok: false,
    reason: 'refused',
    status: 422,
    detail: 'The server says so.',
    ...part,
  });
  it.each<[string, ApiFailure, RegExp]>([
    ['a private URL', failure({ fields: [{ field: 'url', message: 'private' }] }), /its address is private/],
    ['a URL for a new reason', failure({ fields: [{ field: 'url', message: 'odd' }] }), /The server says so/],
    ['another field', failure({ fields: [{ field: 'label', message: 'private' }] }), /The server says so/],
    ['a changed endpoint', failure({ status: 412 }), /somebody else has changed/],
    ['a conflict', failure({ status: 409, reason: 'conflict' }), /^Not done: The server says so/],
    ['no network', failure({ status: null, reason: 'unreachable' }), /not reached/],
    ['a stopped database', failure({ status: 503 }), /^Not available at the moment/],
  ])('%s', (_what, refused, said) => {
    expect(words.describeRefusal(t, refused)).toMatch(said);
  });
});

describe('a delivery', () => {
  const delivery = (part: Partial<Delivery>): Delivery => ({
    id: 'msg_1',
    type: 'fault.raised',
    lift: null,
    state: 'failed',
    reason: 'attempts-exhausted',
    attempts: 8,
    createdAtMs: 0,
    dueAtMs: null,
    lastStatus: null,
    body: '',
    ...part,
  });
  it.each([
    [delivery({}), 'All retries used up'],
    [delivery({ lastStatus: 503 }), 'All retries used up · HTTP 503'],
    [delivery({ reason: 'lift-changed-firm' }), 'The lift has changed its firm'],
  ])('%#: why it is in its state', (of, said) => {
    expect(words.describeReason(t, of)).toBe(said);
  });

  it('body is indented, and what is no JSON stays', () => {
    expect(words.indented('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
    expect(words.indented('<b>')).toBe('<b>');
  });
});

describe('moments of a field', () => {
  it('come back to the minute, and nothing is nothing', () => {
    const ms = Date.parse('2026-05-01T08:07:31.250Z');
    expect(words.isoOf(words.localOf(ms))).toBe('2026-05-01T08:07:00.000Z');
    expect(words.isoOf('')).toBe('');
    expect(words.isoOf('tomorrow')).toBe('');
  });
});
