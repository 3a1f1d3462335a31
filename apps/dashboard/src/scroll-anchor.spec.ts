import fc from 'fast-check';
import { anchorScroll, ROW_HEIGHT, settleRows } from './scroll-anchor.js';

const H = ROW_HEIGHT;

describe('anchorScroll', () => {
  it.each<[string, string, string, number, number, number, number]>([
    ['a row comes in above', 'abcd', 'xabcd', 2, 2 * H + 7, 3 * H + 7, 1],
    ['two come in above, one below', 'abcd', 'xyabzcd', 1, H, 3 * H, 2],
    ['a row comes in below', 'abcd', 'abcxd', 1, H, H, 0],
    ['a row above goes', 'abcd', 'bcd', 2, 2 * H, H, 0],
    ['the anchor goes: its successor takes the place', 'abcd', 'abd', 2, 2 * H, 2 * H, 0],
    ['the anchor and one above go', 'abcd', 'ad', 2, 2 * H, H, 0],
    ['all below go: nothing moves', 'abcd', 'ab', 2, 2 * H, 2 * H, 0],
    ['nothing left', 'ab', '', 0, 0, 0, 0],
    ['a row that moves up is not new', 'abcd', 'dabc', 1, H, 2 * H, 0],
    ['never above the top', 'abc', 'c', 2, H, 0, 0],
  ])('%s', (_name, before, after, anchor, scrollTop, expectedTop, insertedAbove) => {
    expect(anchorScroll([...before], [...after], anchor, scrollTop)).toEqual({
      scrollTop: expectedTop,
      insertedAbove,
    });
  });

  it('keeps a row that stays at the same distance from the top of the view', () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 99 }).map(String), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(keys, keys, fc.nat(), (before, after, pick) => {
        const staying = before.filter((key) => after.includes(key));
        fc.pre(staying.length > 0);
        const row = staying[pick % staying.length] ?? '';
        const top = before.indexOf(row) * H;
        const { scrollTop } = anchorScroll(before, after, before.indexOf(row), top);
        expect(after.indexOf(row) * H - scrollTop).toBe(before.indexOf(row) * H - top);
      }),
    );
  });
});

describe('settleRows', () => {
  it.each<[string, string | null, number, { scrollTop: number; insertedAbove: number } | null]>([
    ['at the top, nobody aiming: new rows push down', null, 0, null],
    ['at the top, aiming at a row: it stays', 'b', 0, { scrollTop: H, insertedAbove: 1 }],
    ['at the top, aiming at a row that is not there', 'z', 0, null],
    ['scrolled: the first row in view stays', null, H + 9, { scrollTop: 2 * H + 9, insertedAbove: 1 }],
  ])('%s', (_name, aimed, scrollTop, expected) => {
    expect(settleRows([...'abcd'], [...'xabcd'], aimed, scrollTop)).toEqual(expected);
  });
});
