import { codeItem, codeTable, faultKindOf } from './code-table.js';

const TABLE = codeTable([
  ['1', 'door-held'],
  ['2', 'no-fault'],
  ['3', 'mode:inspection'],
  ['4', 'unknown'],
]);
const ORIGIN = { boot: null, seq: null, id: null, at: 5, stored: false };
const item = (code: string, state: 'raised' | 'cleared') =>
  codeItem(TABLE, ORIGIN, { profile: 'p', code, state, detail: { raw: 1 } });

describe('a code table', () => {
  it.each([
    ['1', 'door-held'],
    ['4', 'unknown'],
    ['5', 'unknown'],
    ['__proto__', 'unknown'],
  ])('makes a fault report of %s: %s, raised and cleared', (code, kind) => {
    for (const state of ['raised', 'cleared'] as const) {
      const report = { profile: 'p', code, kind, state, detail: { raw: 1 } };
      expect(item(code, state)).toStrictEqual({ type: 'fault-report', origin: ORIGIN, report });
    }
    expect(faultKindOf(TABLE, code)).toBe(kind);
  });

  it.each([
    ['2', 'raised', null],
    ['2', 'cleared', null],
    ['3', 'raised', 'inspection'],
    ['3', 'cleared', 'unknown'],
  ] as const)('makes a notice of %s %s, with the mode %s', (code, state, mode) => {
    const notice = { profile: 'p', code, mode, detail: { raw: 1 } };
    expect(item(code, state)).toStrictEqual({ type: 'notice', origin: ORIGIN, notice });
    expect(faultKindOf(TABLE, code)).toBeNull();
  });

  it('refuses a code listed twice, by name', () => {
    const lines = [
      ['7', 'door-held'],
      ['7', 'overspeed'],
    ] as const;
    expect(() => codeTable(lines)).toThrow('a code table lists 7 twice');
  });
});
