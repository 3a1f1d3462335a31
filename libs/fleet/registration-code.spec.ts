import { isRegistrationCode } from './registration-code.js';

describe('isRegistrationCode', () => {
  it.each([
    ['31103201072007090722', true],
    ['3110320107200709E722', true],
    ['311032011720181443', true],
    ['梯11苏A00123(19)', false],
    ['梯11苏A00123-19', true],
    ['T-1', true],
    ['', false],
    ['3110320107200709e722', false],
    ['3110320107200709072', false],
    ['311032010720070907221', false],
    ['a b', false],
    ["x'; drop table lift", false],
    ['梯'.repeat(33), false],
  ])('%j → %s', (text, expected) => expect(isRegistrationCode(text)).toBe(expected));
});
