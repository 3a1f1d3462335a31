import fc from 'fast-check';
import { jsonText, storableText } from './json-text.js';

const SEED = 20_261_121;

describe('jsonText', () => {
  it('replaces what PostgreSQL refuses, in values, arrays and keys', () => {
    expect(JSON.parse(jsonText({ a: 'x\0y', b: ['\ud800', { 'k\0': 1 }] }))).toEqual({
      a: 'x\ufffdy',
      b: ['\ufffd', { 'k\ufffd': 1 }],
    });
  });

  it('keeps a backslash before u0000 and whole surrogate pairs', () => {
    expect(JSON.parse(jsonText({ a: '\\u0000', b: '电梯😀' }))).toEqual({ a: '\\u0000', b: '电梯😀' });
  });

  it('leaves storable JSON as JSON.stringify writes it', () => {
    const records = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(records, (value) => {
        const plain = JSON.stringify(value);
        fc.pre(storableText(plain) === plain && !plain.includes('\\u'));
        expect(jsonText(value)).toBe(plain);
      }),
      { seed: SEED },
    );
  });
});
