import { answerText, carriedBy, replyTopicOf } from './carried.js';
import type { PublishOutcome } from './replay-connection.js';
import { parseReplay, type ReplayLine } from './replay-lines.js';
import { type ReplayTerminal, replay } from './replay-run.js';

const POST = '/device/JTC340/T1/thing/event/ErrorEvent/post/';
const REPLY = '/server/JTC340/T1/thing/event/ErrorEvent/post_reply/';
const capture = (...payloads: readonly object[]) =>
  parseReplay(payloads.map((each) => JSON.stringify({ topic: POST, ...each })).join('\n'), 'f');
const error = { Params: { Value: { ErrorType: 1001 } } };
const code = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

let printed: string[];

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((text: string) => printed.push(text));
});
afterEach(() => jest.restoreAllMocks());

/** A terminal whose messages come to the outcomes given, one after another. */
function terminal(
  outcomes: readonly PublishOutcome[],
): ReplayTerminal & { readonly sent: { at: number; topic: string; replyTopic: string | null }[] } {
  const sent: { at: number; topic: string; replyTopic: string | null }[] = [];
  const publish = (topic: string, _payload: string, replyTopic: string | null) => {
    sent.push({ at: performance.now(), topic, replyTopic });
    return Promise.resolve(outcomes[sent.length - 1] ?? good);
  };
  return {
    profile: 'jtc340',
    watch: null,
    sent,
    connection: { publish, strayAnswers: 0, close: () => Promise.resolve() },
  };
}

const good: PublishOutcome = {
  acknowledgement: { ok: true, afterMs: 2.4 },
  answer: { payload: code({ Code: 200 }), afterMs: 7 },
};
const run = (
  lines: readonly ReplayLine[],
  of: ReplayTerminal,
  speed: number,
  signal = new AbortController().signal,
) => replay(lines, new Map([['T1', of]]), speed, signal);

describe('a replay', () => {
  it('prints what became of each message, and sums it up', async () => {
    const lines = capture({ payload: error, meaning: 'raised' }, { payload: error }, { payload: error });
    const of = terminal([
      good,
      { acknowledgement: { ok: true, afterMs: 0.1 }, answer: null },
      { acknowledgement: { ok: false, why: 'the broker closed the connection' }, answer: null },
    ]);
    expect(await run(lines, of, Number.POSITIVE_INFINITY)).toBe(1);
    expect(printed).toEqual([
      '1 ErrorEvent raised | acknowledged after 2 ms | answered Code: 200 after 7 ms',
      '2 ErrorEvent - | acknowledged after 1 ms | NOT answered',
      '3 ErrorEvent - | refused: the broker closed the connection | NOT answered',
      '3 messages: 2 acknowledged, 1 answered, 2 not answered, 1 refused',
    ]);
    expect(of.sent.map(({ topic, replyTopic }) => [topic, replyTopic])).toEqual(Array(3).fill([POST, REPLY]));
  });

  it('keeps the recorded spacing over the speed, measured from the first message', async () => {
    const lines = capture(
      { payload: error, at: 0 },
      { payload: error, at: 3_000 },
      { payload: error, at: 9_000 },
    );
    const of = terminal([]);
    expect(await run(lines, of, 100)).toBe(0);
    const [first = 0, ...later] = of.sent.map(({ at }) => at);
    const waited = later.map((at) => at - first);
    // A timer may fire a little early, and as late as the machine is busy.
    expect(waited[0]).toBeGreaterThanOrEqual(28);
    expect(waited[1]).toBeGreaterThanOrEqual(88);
    expect(printed.at(-1)).toBe('3 messages: 3 acknowledged, 3 answered');
  });

  it('stops when it is interrupted, and says how many were not sent', async () => {
    const stop = new AbortController();
    const running = run(capture({ payload: error }, { payload: error }), terminal([]), 0.001, stop.signal);
    setTimeout(() => stop.abort(), 10);
    expect(await running).toBe(1);
    expect(printed.at(-1)).toBe('2 messages: 1 acknowledged, 1 answered, 1 not sent');
  });
});

it.each<[string, object | string, string, object]>([
  ['ErrorEvent', error, 'jtc340', { what: 'reports', reports: [{ code: 'Error/1001', state: 'raised' }] }],
  ['ErrorEvent', { Params: { Value: { ErrorType: 1012 } } }, 'jtc340', { what: 'notice' }],
  ['LiveData', { Params: { Value: { RunState: 1 } } }, 'jtc340', { what: 'samples' }],
  ['ntp', { DSTime: 1 }, 'jtc340', { what: 'time-request' }],
  ['ErrorEvent', '{broken', 'jtc340', { what: 'nothing-readable', reason: 'malformed-json' }],
  ['ErrorEvent', error, 'none', { what: 'nothing-readable', reason: 'unknown-profile' }],
])('%s carries what its profile reads in it', (name, payload, profile, expected) => {
  const [line] = parseReplay(JSON.stringify({ topic: POST.replace('ErrorEvent', name), payload }), 'f');
  if (line === undefined) throw new Error('one line');
  expect(carriedBy(line, profile)).toMatchObject(expected);
});

it('waits for an answer only where the profile promises one', () => {
  const [vendor] = capture({ payload: error });
  const [native] = parseReplay(JSON.stringify({ topic: 'lift/v1/T1/event', payload: {} }), 'f');
  if (vendor === undefined || native === undefined) throw new Error('one line');
  expect(replyTopicOf(vendor, 'jtc340')).toBe(REPLY);
  expect(replyTopicOf(native, 'native-v1')).toBeNull();
});

it.each([
  [code({ Code: 200, Time: 1 }), 'Code: 200'],
  [code({ Code: '0' }), 'Code: "0"'],
  [code({ ok: 1 }), '{"ok":1}'],
  [new TextEncoder().encode('a\nb'), 'a b'],
  [code(null), 'null'],
])('an answer is told by its code', (payload, expected) => {
  expect(answerText(payload)).toBe(expected);
});
