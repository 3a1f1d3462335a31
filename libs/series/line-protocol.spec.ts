import fc from 'fast-check';
import { pointFromInflux } from './influx-rows.js';
import { LineBlock } from './line-block.js';
import { type WriteLine, writeCheck, writeFault, writeSample } from './line-protocol.js';
import { readLine } from './line-reader.fixture.js';
import type { FaultPoint, SeriesPoint } from './series.store.js';
import { anyPoint, BASE, fault, hostileText, point, SILENT, tagText } from './series-points.fixture.js';

type Line = { readonly ok: true; readonly line: string } | { readonly ok: false; readonly reason: string };

/** Written behind another line, so that a line that is dropped must leave that one whole. */
function written<P>(write: WriteLine<P>, given: P): Line {
  const block = new LineBlock(0);
  writeCheck(block, BASE);
  const reason = write(block, given);
  expect(block.slice(0, 1).toString()).toBe(CHECK);
  expect(block.count).toBe(reason === null ? 2 : 1);
  return reason === null ? { ok: true, line: block.slice(1, 2).toString() } : { ok: false, reason };
}

const CHECK = 'liftwarden_check ok=true 1700000000000000000';
const sampleLine = (given: SeriesPoint) => written(writeSample, given);
const faultLine = (given: FaultPoint) => written(writeFault, given);

function lineOf(given: SeriesPoint): string {
  const encoded = sampleLine(given);
  if (!encoded.ok) throw new Error(encoded.reason);
  return encoded.line;
}

const timeOf = (line: string) => line.slice(line.lastIndexOf(' ') + 1);

describe('sampleLine', () => {
  it('writes tags, typed fields and a time of nanoseconds, and leaves out what is not known', () => {
    const given = point('L 1', 0, { seq: 7, sample: { ...SILENT, floor: '-2B', moving: true, speed: 2 } });
    expect(lineOf(given)).toBe(
      'lift_sample,lift=L\\ 1,district=411330 terminal="t-L 1",boot="b1",seq=7i,receivedAt=1700000000040i,' +
        'terminalAt=1700000000005i,clockSuspect=false,moving=true,floor="-2B",speed=2 1700000000000000007',
    );
  });

  it('says every field of any point, read by an independent reader', () => {
    fc.assert(
      fc.property(anyPoint, (given) => {
        const { measurement, tags, fields, time } = readLine(lineOf(given));
        expect(measurement).toBe('lift_sample');
        expect(Object.keys(tags)).toEqual(given.district === '' ? ['lift'] : ['lift', 'district']);
        const at = Number(BigInt(time) / 1_000_000n);
        expect(pointFromInflux({ ...tags, ...fields, time: at })).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a field the same type in every point', () => {
    const types = new Map<string, unknown>();
    fc.assert(
      fc.property(anyPoint, (given) => {
        for (const [name, type] of Object.entries(readLine(lineOf(given)).types)) {
          expect([name, types.get(name) ?? type]).toEqual([name, type]);
          types.set(name, type);
        }
      }),
      { numRuns: 500 },
    );
    expect(types.size).toBe(25);
  });

  it('keeps a thousand following seqs of one millisecond apart', () => {
    const times = Array.from({ length: 1_000 }, (_, seq) =>
      timeOf(lineOf(point('L1', 0, { seq: 4_294_966_000 + seq }))),
    );
    expect(new Set(times).size).toBe(1_000);
    expect(times[0]).toBe('1700000000000966000');
  });

  it.each([
    [0, 5, '0000005'],
    [-5, 123, '-5000123'],
    [9_223_372_036_853, 999_999, '9223372036853999999'],
    [1.4, 0, '1000000'],
  ])('puts at %d ms with seq %d at %s ns', (at, seq, expected) => {
    expect(timeOf(lineOf(point('L1', 0, { at, seq })))).toBe(expected);
  });

  it('takes the low digits of a point without seq from its place in the journal', () => {
    const vendor = point('L1', 0, { seq: null, boot: null });
    expect(timeOf(lineOf(vendor))).toBe(`${BASE}000000`);
    expect(timeOf(lineOf({ ...vendor, ordinal: 1_024 + 3 }))).toBe(`${BASE}000011`);
    expect(timeOf(lineOf({ ...vendor, ordinal: 2 * 1_024 }))).toBe(`${BASE}000016`);
  });

  it.each([
    ['lift', { lift: 'a\nb' }, /lift is "a\\nb"; it may hold no control character/],
    ['district', { district: 'a\\' }, /district is "a\\\\"/],
    ['seq', { seq: -1 }, /seq is -1; it must be an integer within 0…4294967295/],
    ['seq', { seq: 1.5 }, /seq is 1.5/],
    ['at', { at: 1e14 }, /at is 100000000000000; InfluxDB keeps/],
    ['at', { at: Number.NaN }, /at is NaN/],
    ['receivedAt', { receivedAt: 1e300 }, /receivedAt is 1e\+300; it must be a whole number/],
    [
      'speed',
      { sample: { ...SILENT, speed: Number.POSITIVE_INFINITY } },
      /speed is Infinity; it must be a finite number/,
    ],
  ])('refuses a %s that InfluxDB cannot hold', (_name, fields, reason) => {
    expect(sampleLine(point('L1', 0, fields))).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('never throws, whatever the tags are', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (lift, district) => {
        const encoded = sampleLine(point('L1', 0, { lift, district }));
        if (encoded.ok) expect(encoded.line).not.toMatch(/\n/);
        else expect(encoded.reason).toMatch(/^(lift|district) is /);
      }),
    );
  });
});

describe('faultLine', () => {
  it('gives a fault one place, from its start and its id, whatever becomes of it', () => {
    const open = faultLine(fault('00000000000000000000f4241f', { lift: 'a b' }));
    const cleared = faultLine(
      fault('00000000000000000000f4241f', {
        lift: 'a b',
        state: 'cleared',
        clearedAt: BASE + 9,
        profile: null,
      }),
    );
    expect(open).toEqual({
      ok: true,
      line:
        'lift_fault,lift=a\\ b,district=411330,kind=entrapment id="00000000000000000000f4241f",' +
        'evidence="reported",priority="critical",state="open",raisedAt=1700000000000i,reason="reported",' +
        `profile="native-v1",code="E1" 1700000000000${String(0xf4241f % 1_000_000).padStart(6, '0')}`,
    });
    if (!open.ok || !cleared.ok) throw new Error('both are encodable');
    const place = (line: string) => [line.split(' id=')[0], timeOf(line)];
    expect(place(cleared.line)).toEqual(place(open.line));
    expect(cleared.line).toContain(`state="cleared",raisedAt=1700000000000i,clearedAt=${BASE + 9}i`);
  });

  it('uses all of a long id, and takes one that is not hexadecimal', () => {
    const low = (id: string) => {
      const encoded = faultLine(fault(id));
      return encoded.ok ? timeOf(encoded.line).slice(-6) : encoded.reason;
    };
    expect(low('ffffffffffffffffffffffffff')).toBe(String((2n ** 104n - 1n) % 1_000_000n).padStart(6, '0'));
    expect(low('F-17')).toMatch(/^\d{6}$/);
    expect(faultLine(fault('1', { raisedAt: 1e15 }))).toMatchObject({ ok: false });
  });

  it('holds any text in its fields and tags', () => {
    fc.assert(
      fc.property(tagText, hostileText, hostileText, (lift, reason, code) => {
        const encoded = faultLine(fault('ab', { lift, reason, code }));
        if (!encoded.ok) throw new Error(encoded.reason);
        const { tags, fields } = readLine(encoded.line);
        expect([tags.lift, fields.reason, fields.code]).toEqual([lift, reason, code]);
      }),
    );
  });
});

describe('writeSample', () => {
  it('throws for a word that the protocol does not have', () => {
    const given = point('L1', 0, { sample: { ...SILENT, mode: 'vendor-mode' as never } });
    expect(() => writeSample(new LineBlock(1), given)).toThrow(/vendor-mode is none of normal/);
  });
});
