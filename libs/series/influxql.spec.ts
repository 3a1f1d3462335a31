import { latestQuery, quoteName, quoteString, rowsOf, SERIES_NAME } from './influxql.js';

describe('InfluxQL', () => {
  it.each([
    ["a'b", "'a\\'b'"],
    ['a\\', "'a\\\\'"],
    ['a\nb', "'a\\nb'"],
    ["' OR 1=1; DROP DATABASE x --", "'\\' OR 1=1; DROP DATABASE x --'"],
  ])('quotes the string %j', (value, quoted) => {
    expect(quoteString(value)).toBe(quoted);
  });

  it('quotes names', () => {
    expect(quoteName('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
  });

  it('asks only for lifts that can be stored, in one statement', () => {
    expect(latestQuery(['a', '', 'x\ny', 'back\\slash', 'b'])).toBe(
      `SELECT * FROM "lift_sample" WHERE "lift" = 'a' OR "lift" = 'b' GROUP BY "lift" ORDER BY time DESC LIMIT 60`,
    );
    expect(latestQuery(['', '\0'])).toBeNull();
  });

  it('reads rows with the tags of their group', () => {
    const series = [
      {
        name: 'm',
        tags: { lift: 'a' },
        columns: ['time', 'v'],
        values: [
          [1, true],
          [2, null],
        ],
      },
      { columns: ['name'], values: [['x']] },
    ];
    expect(rowsOf({ results: [{ series }, {}] })).toEqual([
      { [SERIES_NAME]: 'm', lift: 'a', time: 1, v: true },
      { [SERIES_NAME]: 'm', lift: 'a', time: 2, v: null },
      { name: 'x' },
    ]);
  });

  it.each([
    [{ error: 'unable to parse' }, /unable to parse/],
    [{ results: [{ error: 'database not found' }] }, /database not found/],
    [{ results: [{ series: [] }, { error: 'second' }] }, /second/],
    ['<html>', /no results/],
    [null, /no results/],
  ])('throws the error in %j', (answer, message) => {
    expect(() => rowsOf(answer)).toThrow(message);
  });
});
