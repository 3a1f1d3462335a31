import fc from 'fast-check';
import { KEPT_DEPTH_MAX, keptValue } from './kept-value.js';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { value };
  return value;
}

describe('keptValue', () => {
  it('returns the very same value when it can be stored', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme-ascii' }), (value) => {
        expect(keptValue(value)).toBe(value);
      }),
    );
  });

  it('replaces what PostgreSQL cannot hold, in values and names, and nothing else', () => {
    const value = JSON.parse('{"a":"x\\u0000y","b":[1,"\\ud800","\\ud83d\\ude00"],"c\\u0000":{"d":null}}');
    expect(keptValue(value)).toStrictEqual({ a: 'x\uFFFDy', b: [1, '\uFFFD', '😀'], 'c\uFFFD': { d: null } });
  });

  it('leaves only text that UTF-8 and PostgreSQL can carry', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(keptValue(value));
        expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }),
    );
  });

  it('keeps an own __proto__ as a field', () => {
    const kept = keptValue(JSON.parse('{"__proto__":{"admin":true},"s":"\\u0000"}')) as object;
    expect(Object.keys(kept)).toEqual(['__proto__', 's']);
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    expect('admin' in kept).toBe(false);
  });

  it('refuses deeper nesting than it may keep, at any depth JSON.parse accepts', () => {
    expect(keptValue(nested(KEPT_DEPTH_MAX))).toBeDefined();
    expect(keptValue(nested(KEPT_DEPTH_MAX + 1))).toBeUndefined();
    expect(keptValue(JSON.parse('['.repeat(30_000) + ']'.repeat(30_000)))).toBeUndefined();
  });
});
