import fc from 'fast-check';
import { QUARANTINE_REASONS } from '#protocol';
import { ByteWriter } from './byte-writer.js';
import type { JournalEntry } from './entry.js';
import { decodeEntry, encodeEntry } from './entry-codec.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ minLength: 60, maxLength: 140 }),
);
const optional = fc.option(text);
const time = fc.oneof(fc.integer(), fc.double({ noNaN: true }));

const anyMessage = fc.record({
  kind: fc.constant('message' as const),
  receivedAt: time,
  topic: text,
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  source: fc.record({ terminal: optional, profile: optional, lift: optional, district: optional }),
  clockOffsetMs: time.filter((value) => !Object.is(value, -0)),
  clockSuspect: fc.boolean(),
  duplicates: fc.uniqueArray(fc.integer({ min: 0, max: 65_535 })).map((list) => list.sort((a, b) => a - b)),
  refusal: fc.option(fc.record({ reason: fc.constantFrom(...QUARANTINE_REASONS), detail: text })),
});
const anyEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  { arbitrary: anyMessage, weight: 9 },
  { arbitrary: fc.record({ kind: fc.constant('tick' as const), receivedAt: time }), weight: 1 },
);

function encoded(entry: JournalEntry): Buffer {
  const writer = new ByteWriter(8);
  encodeEntry(writer, entry);
  return Buffer.from(writer.written());
}

describe('entry codec', () => {
  it('gives back every entry as it was', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(decodeEntry(encoded(entry))).toEqual(entry);
      }),
    );
  });

  it('answers null or an entry for any bytes, and never throws', () => {
    const cut = fc.tuple(anyEntry, fc.nat()).map(([entry, at]) => {
      const bytes = encoded(entry);
      return bytes.subarray(0, at % bytes.length);
    });
    fc.assert(
      fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 60 }).map(Buffer.from)), (bytes) => {
        expect(['message', 'tick', undefined]).toContain(decodeEntry(bytes)?.kind);
      }),
    );
  });

  it('does not write the memo', () => {
    const [entry] = fc.sample(anyMessage, { numRuns: 1, seed: 1 });
    if (entry === undefined) throw new Error('no sample');
    const decoded = decodeEntry(encoded({ ...entry, memo: { decoded: true } }));
    expect(decoded).not.toHaveProperty('memo');
  });

  it.each([[[3, 3]], [[5, 2]], [[-1]], [[65_536]], [[1.5]]])('refuses duplicates %p', (duplicates) => {
    const [entry] = fc.sample(anyMessage, { numRuns: 1, seed: 1 });
    if (entry === undefined) throw new Error('no sample');
    expect(() => encoded({ ...entry, duplicates })).toThrow(RangeError);
  });

  it('keeps a refusal whose reason a later version wrote', () => {
    const [entry] = fc.sample(anyMessage, { numRuns: 1, seed: 1 });
    if (entry === undefined) throw new Error('no sample');
    const bytes = encoded({ ...entry, refusal: { reason: 'too-large', detail: 'x' } });
    const renamed = Buffer.from(bytes.toString('latin1').replace('too-large', 'too-LARGE'), 'latin1');
    expect(decodeEntry(renamed)).toMatchObject({
      refusal: { reason: 'invalid-payload', detail: 'too-LARGE: x' },
    });
  });
});
