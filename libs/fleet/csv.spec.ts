import fc from 'fast-check';
import { CsvDecoder, CsvEncodingError } from './csv-decoder.js';
import { CsvScanner, ROW_LENGTH_MAX, type ScannedRow } from './csv-scanner.js';
import { csvCell, csvLine, isFormula, readCell } from './csv-text.js';

function scan(...pieces: readonly string[]): readonly ScannedRow[] {
  const scanner = new CsvScanner();
  return [...pieces.flatMap((piece) => scanner.push(piece)), ...scanner.end()];
}
const good = (line: number, ...cells: string[]): ScannedRow => ({ ok: true, line, cells });
const bad = (line: number, code: 'broken-quotes' | 'row-too-long' = 'broken-quotes'): ScannedRow => ({
  ok: false,
  line,
  code,
});
const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '=', '+', '-', '@', '\t', "'", '梯', '1') }),
  fc.constantFrom("'=1", "''", '-2层', '-2.5', '＝1', '=cmd|x!A1'),
);

describe('csv', () => {
  it.each<[string, string, readonly ScannedRow[]]>([
    ['line ends of each kind', 'a,b\r\nc,d\ne', [good(1, 'a', 'b'), good(2, 'c', 'd'), good(3, 'e')]],
    ['empty lines', 'a\n\n\r\nb\n', [good(1, 'a'), good(4, 'b')]],
    ['empty cells', ',\n"",x\n', [good(1, '', ''), good(2, '', 'x')]],
    ['quotes', '"a ""b"", c",d\n', [good(1, 'a "b", c', 'd')]],
    ['lines in quotes', '"a\r\nb",c\nd', [good(1, 'a\r\nb', 'c'), good(3, 'd')]],
    ['a quote in a plain cell', 'a"b,c\n', [good(1, 'a"b', 'c')]],
    ['something behind a quote', 'a\n"b"c,d\ne', [good(1, 'a'), bad(2), good(3, 'e')]],
    ['a quote that stays open', '"a,b\nc,d\ne,f', [bad(1), good(2, 'c', 'd'), good(3, 'e', 'f')]],
    ['one that another closes', '"a,b\nc,d\n"e",f', [bad(1), good(2, 'c', 'd'), good(3, 'e', 'f')]],
    ['a long row', `${'x'.repeat(ROW_LENGTH_MAX + 1)}\nb\n`, [bad(1, 'row-too-long'), good(2, 'b')]],
  ])('reads %s', (_case, text, rows) => {
    expect(scan(text)).toEqual(rows);
  });

  it('gives up an open quote after a bounded length and goes on with the next line', () => {
    const rows = scan(`"open\n${'b,c\n'.repeat(10_000)}`);
    expect(rows[0]).toEqual(bad(1));
    expect(rows.slice(1).every((row) => row.ok)).toBe(true);
    expect(rows).toHaveLength(10_001);
  });

  it('reads the same in pieces as in one', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '""') });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
        const places = [...cuts.map((cut) => cut % (whole.length + 1)), 0, whole.length].sort(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((to, n) => whole.slice(places[n], to));
        expect(scan(...pieces)).toEqual(scan(whole));
      }),
    );
  });

  it('reads what it wrote, and no written cell runs', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        const [row] = scan(csvLine(cells));
        if (!row?.ok) throw new Error('the line was not read');
        expect(row.cells.map(readCell)).toEqual(cells);
        expect(row.cells.some(isFormula)).toBe(false);
      }),
    );
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['@x', "'@x"],
    ['-2层', "'-2层"],
    ['-2.5', '-2.5'],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
    ['a=b', 'a=b'],
  ])('writes %j as %j', (text, written) => expect(csvCell(text)).toBe(written));
});

describe('CsvDecoder', () => {
  const gbk = Buffer.from('b5e7ccdd', 'hex');
  const decode = (charset: string | null, ...pieces: readonly Uint8Array[]) => {
    const decoder = new CsvDecoder(charset);
    return pieces.map((piece) => decoder.decode(piece)).join('') + decoder.end();
  };

  it.each<[string, string | null, readonly Uint8Array[], string]>([
    ['UTF-8', null, [Buffer.from('a,电梯')], 'a,电梯'],
    ['a byte order mark', null, [Buffer.from('\u{feff}a')], 'a'],
    ['GBK', null, [gbk], '电梯'],
    ['GBK behind ASCII', null, [Buffer.from('id,name\n'), gbk], 'id,name\n电梯'],
    ['GBK cut inside a character', 'gbk', [gbk.subarray(0, 3), gbk.subarray(3)], '电梯'],
    [
      'UTF-8 cut inside a character',
      null,
      [Buffer.from('电梯').subarray(0, 4), Buffer.from('电梯').subarray(4)],
      '电梯',
    ],
    ['what could be both, told', 'GB2312', [Buffer.from('c1aacda8', 'hex')], '联通'],
  ])('reads %s', (_case, charset, pieces, text) => expect(decode(charset, ...pieces)).toBe(text));

  it.each<[string, string | null, Uint8Array]>([
    ['another charset', 'latin1', Buffer.from('a')],
    ['UTF-16', null, Buffer.from([0xff, 0xfe, 0x61, 0])],
    ['bytes of neither', null, Buffer.from([0x61, 0xff, 0xff])],
    ['an end inside a character', 'utf-8', Buffer.from('电').subarray(0, 2)],
  ])('refuses %s', (_case, charset, bytes) => {
    expect(() => decode(charset, bytes)).toThrow(CsvEncodingError);
  });
});
