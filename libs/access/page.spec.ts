import fc from 'fast-check';
import { decodeCursor, encodeCursor, pageOf } from './page.js';
import { ProblemException } from './problem.js';

describe('pages', () => {
  it('gives a sort key back as it was', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (text, number) => {
        expect(decodeCursor(encodeCursor([text, number]), ['string', 'number'])).toEqual([text, number]);
      }),
      { seed: 20_261_121 },
    );
    expect(decodeCursor(undefined, ['string'])).toBeNull();
  });

  it('answers 400 for any other text, and throws nothing else', () => {
    const refused = (cursor: string) => {
      try {
        decodeCursor(cursor, ['string', 'number']);
      } catch (error) {
        return error instanceof ProblemException && error.getStatus() === 400;
      }
      return false;
    };
    const bad = ['', '%%%', encodeCursor(['a']), encodeCursor([1, 'a']), encodeCursor(['a', 1, 2])];
    expect(bad.map(refused)).toEqual(bad.map(() => true));
    fc.assert(fc.property(fc.string(), refused), { seed: 20_261_121 });
  });

  it('has a next page only when there is one more row', () => {
    const key = (row: string) => [row];
    expect(pageOf(['a', 'b'], 2, key)).toEqual({ items: ['a', 'b'], next: null });
    expect(pageOf(['a', 'b', 'c'], 2, key)).toEqual({ items: ['a', 'b'], next: encodeCursor(['b']) });
    expect(pageOf([], 2, key)).toEqual({ items: [], next: null });
  });
});
