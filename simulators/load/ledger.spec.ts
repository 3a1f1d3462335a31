import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../command-line.js';
import { LedgerWriter, parseLedger, readLedger } from './ledger.js';

const HEAD = '{"format":"liftwarden-ledger","version":1}\n';

describe('a ledger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells what was written, joined, also before it is closed', () => {
    const path = join(folder, 'a.ledger');
    const writer = new LedgerWriter(path, 1_700_000_000_000);
    writer.add('T1', 'b-000', 1, 20);
    writer.add('T2', 'b-000', 1, 1);
    writer.flush();
    writer.add('T1', 'b-000', 21, 40);
    writer.add('T1', 'b-000', 42, 42);
    writer.add('T1', 'b-001', 1, 3);
    expect(readLedger(path).get('T1')).toEqual(new Map([['b-000', [[1, 20]]]]));
    writer.close();
    expect(readLedger(path)).toEqual(
      new Map([
        [
          'T1',
          new Map([
            [
              'b-000',
              [
                [1, 40],
                [42, 42],
              ],
            ],
            ['b-001', [[1, 3]]],
          ]),
        ],
        ['T2', new Map([['b-000', [[1, 1]]]])],
      ]),
    );
    expect(() => new LedgerWriter(path, 0)).toThrow(CommandError);
  });

  it('is read up to wherever a kill cut it', () => {
    const path = join(folder, 'b.ledger');
    const writer = new LedgerWriter(path, 0);
    writer.add('T1', 'b', 1, 100);
    writer.add('T1', 'b', 101, 250);
    writer.close();
    const text = readFileSync(path, 'utf8');
    const seen = new Set<number>();
    for (let cut = text.indexOf('\n') + 1; cut <= text.length; cut++) {
      const ranges = parseLedger(text.slice(0, cut), path).get('T1')?.get('b') ?? [];
      seen.add(ranges.at(-1)?.[1] ?? 0);
    }
    expect(seen).toEqual(new Set([0, 100, 250]));
  });

  it.each([
    ['another file', '{"version":1}\n', 'line 1'],
    ['no JSON', 'lift\n', 'line 1'],
    ['an unknown source', `${HEAD}= 0 T b\n1 5\n`, 'line 3'],
    ['a source out of turn', `${HEAD}= 1 T b\n`, 'line 2'],
    ['words', `${HEAD}= 0 T b\n0 five\n`, 'line 3'],
    ['a range that ends before it begins', `${HEAD}= 0 T b\n0 1-2 9-5\n`, 'line 3'],
  ])('with %s is refused by file and line', (_, text, place) => {
    expect(() => parseLedger(text, 'f')).toThrow(CommandError);
    expect(() => parseLedger(text, 'f')).toThrow(`ledger f: ${place}`);
  });
});
