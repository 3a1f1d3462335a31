import { CommandError } from '../command-line.js';
import { gapMs, parseReplay, topicName, withTerminal } from './replay-lines.js';

const VENDOR = '/device/JTC340/934000000000001/thing/event/ErrorEvent/post/';
const line = (raw: object) => JSON.stringify(raw);

describe('a capture', () => {
  it('keeps topics, JSON payloads and raw text as they are', () => {
    const text = `${line({ topic: VENDOR, payload: { Version: 1 }, meaning: '冲顶' })}\n\n${line({
      topic: 'lift/v1/T1/event',
      payload: '{broken',
    })}\n`;
    expect(parseReplay(text, 'f')).toEqual([
      {
        n: 1,
        topic: VENDOR,
        terminalId: '934000000000001',
        payload: '{"Version":1}',
        meaning: '冲顶',
        at: null,
      },
      { n: 3, topic: 'lift/v1/T1/event', terminalId: 'T1', payload: '{broken', meaning: null, at: null },
    ]);
  });

  it.each([
    ['broken JSON', '{', /f:1: not JSON/],
    ['no topic', '{"payload": 1}', /f:1: must be an object with a topic/],
    ['no payload', line({ topic: VENDOR }), /f:1: has no payload/],
    ['a topic of nobody', line({ topic: 'x/y', payload: 1 }), /f:1: topic x\/y: of no known/],
    ['nothing', '\n', /f: no message/],
  ])('with %s is refused by name', (_, text, problem) => {
    expect(() => parseReplay(text, 'f')).toThrow(CommandError);
    expect(() => parseReplay(text, 'f')).toThrow(problem);
  });
});

describe('--as', () => {
  it('puts the terminal in place of the captured one, in the topic only', () => {
    const payload = { id: '934000000000001' };
    const [replaced] = withTerminal(parseReplay(line({ topic: VENDOR, payload }), 'f'), '934041133000007');
    expect(replaced).toMatchObject({
      topic: '/device/JTC340/934041133000007/thing/event/ErrorEvent/post/',
      terminalId: '934041133000007',
      payload: JSON.stringify(payload),
    });
  });

  it('refuses several captured terminals, and an id that would leave its level', () => {
    const two = parseReplay(
      ['T1', 'T2'].map((id) => line({ topic: `lift/v1/${id}/event`, payload: 1 })).join('\n'),
      'f',
    );
    expect(() => withTerminal(two, 'T3')).toThrow(/2 terminals \(T1, T2\)/);
    expect(() => withTerminal(two.slice(0, 1), 'a/b')).toThrow(/a\/b/);
    expect(() => withTerminal(two.slice(0, 1), '#')).toThrow(/#/);
  });
});

it.each([
  [VENDOR, 'ErrorEvent'],
  ['lift/v1/T1/event', 'event'],
  ['lift/v1/T1/telemetry', 'telemetry'],
])('topic %s is named %s', (topic, name) => {
  expect(topicName(topic)).toBe(name);
});

it('waits the captured gap over the speed, a second without times, and never at max', () => {
  const [a] = parseReplay(line({ topic: VENDOR, payload: 1, at: 1000 }), 'f');
  if (!a) throw new Error('one line');
  expect(gapMs(null, a, 1)).toBe(0);
  expect(gapMs(a, { ...a, at: 5000 }, 2)).toBe(2000);
  expect(gapMs(a, { ...a, at: null }, 4)).toBe(250);
  expect(gapMs(a, { ...a, at: 5000 }, Number.POSITIVE_INFINITY)).toBe(0);
});
