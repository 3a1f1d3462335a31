import { reportLines } from './report-lines.js';

const COUNTS = { rows: 3, registered: 1, changed: 1, unchanged: 0, refused: 1 };

describe('reportLines', () => {
  it('says where each error is, what was left out, and the sum', () => {
    const error = { line: 4, column: '救援码', code: 'invalid', message: '救援码 must be 6 digits' };
    expect(
      reportLines({
        ...COUNTS,
        ignoredColumns: ['备注'],
        errors: [error, { ...error, column: null }],
        errorsTotal: 5,
        stopped: { code: 'encoding', message: 'the file is not UTF-8 throughout' },
      }),
    ).toEqual([
      'line 4, 救援码: 救援码 must be 6 digits [invalid]',
      'line 4: 救援码 must be 6 digits [invalid]',
      '… and 3 more errors',
      'columns not read: 备注',
      'stopped before the end: the file is not UTF-8 throughout [encoding]',
      '3 rows: 1 new, 1 changed, 0 unchanged, 1 refused',
    ]);
  });

  it('is one line when all went well', () => {
    const clean = { ...COUNTS, refused: 0, ignoredColumns: [], errors: [], errorsTotal: 0, stopped: null };
    expect(reportLines(clean)).toEqual(['3 rows: 1 new, 1 changed, 0 unchanged, 0 refused']);
  });
});
