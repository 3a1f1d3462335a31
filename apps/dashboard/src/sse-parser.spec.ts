import fc from 'fast-check';
import { SSE_EVENT_CHARS_MAX, type SseEvent, SseParser } from './sse-parser.js';

function parse(...chunks: string[]): SseEvent[] {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe('SseParser', () => {
  it.each<[string, string, SseEvent[]]>([
    [
      'an alarm',
      'id: 7\nevent: alarm.raised\ndata: {"a":1}\n\n',
      [{ event: 'alarm.raised', data: '{"a":1}', id: '7' }],
    ],
    ['no event name', 'data: x\n\n', [{ event: 'message', data: 'x', id: null }]],
    ['several data lines', 'data: a\ndata:b\ndata\n\n', [{ event: 'message', data: 'a\nb\n', id: null }]],
    ['only the first space is cut', 'data:  x\n\n', [{ event: 'message', data: ' x', id: null }]],
    [
      'comments and unknown fields',
      ': hi\nretry: 5\ndata: x\n\n',
      [{ event: 'message', data: 'x', id: null }],
    ],
    ['an event without data is none', 'event: heartbeat\n\n', []],
    [
      'an id is not carried over',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [
        { event: 'message', data: 'a', id: '1' },
        { event: 'message', data: 'b', id: null },
      ],
    ],
    ['an id with NUL is ignored', 'id: 1\0\ndata: a\n\n', [{ event: 'message', data: 'a', id: null }]],
    ['byte order mark', '\uFEFFdata: a\n\n', [{ event: 'message', data: 'a', id: null }]],
    ['unfinished', 'data: a\n', []],
  ])('%s', (_name, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('means the same wherever the stream is cut, and with any line end', () => {
    const piece = fc.constantFrom(
      'data: 困人',
      'data',
      'event: alarm.raised',
      'id: 12',
      ': note',
      'x',
      '',
      '',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (lines, end, cuts) => {
          const text = lines.map((line) => line + end).join('');
          const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort(
            (a, b) => a - b,
          );
          const chunks = places.slice(1).map((to, index) => text.slice(places[index], to));
          expect(parse(...chunks)).toEqual(parse(lines.map((line) => `${line}\n`).join('')));
        },
      ),
    );
  });

  it('refuses an endless line and an endless event, and takes a long stream of short ones', () => {
    expect(() => parse('x'.repeat(SSE_EVENT_CHARS_MAX + 1))).toThrow(RangeError);
    const parser = new SseParser();
    const lines = () => parser.push(`data: ${'x'.repeat(1_000)}\n`);
    expect(() => {
      for (let index = 0; index < 300; index += 1) lines();
    }).toThrow(RangeError);
    const steady = new SseParser();
    let count = 0;
    for (let index = 0; index < 1_000; index += 1)
      count += steady.push(`data: ${'x'.repeat(1_000)}\n\n`).length;
    expect(count).toBe(1_000);
  });
});
