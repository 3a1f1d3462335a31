import { HttpError, RequestTimedOutError } from '@influxdata/influxdb-client';
import { failureReason, outcomeOfError } from './influx-outcome.js';
import { InfluxQlError } from './influxql.js';

const answer = (status: number, body: string) =>
  new HttpError(status, 'status', body, null, body.startsWith('{') ? 'application/json' : 'text/html');
const unavailable = (message: RegExp) => ({ kind: 'unavailable', message: expect.stringMatching(message) });
const refused = (dropped: number | null, reason: RegExp) => ({
  kind: 'refused',
  dropped,
  reason: expect.stringMatching(reason),
});

describe('outcomeOfError', () => {
  it.each([
    // 1.6, as the real server answers.
    [
      400,
      '{"error":"partial write: points beyond retention policy dropped=2"}',
      { kind: 'outside-retention', dropped: 2 },
    ],
    [
      400,
      '{"error":"partial write: field type conflict: input field \\"v\\" on measurement \\"m\\" is type float, already exists as type string dropped=1"}',
      refused(1, /^answered 400: partial write: field type conflict/),
    ],
    [400, '{"error":"field type conflict"}', refused(null, /field type conflict/)],
    [
      400,
      '{"error":"partial write: max-values-per-tag limit exceeded (10/10): measurement=\\"m\\" tag=\\"lift\\" value=\\"x\\" dropped=3"}',
      refused(3, /max-values-per-tag/),
    ],
    [
      400,
      '{"error":"partial write: unable to parse \'m\': missing fields dropped=0"}',
      refused(0, /unable to parse/),
    ],
    // A line that speaks of retention and of a count is not believed.
    [
      400,
      '{"error":"unable to parse \'m f=\\"points beyond retention policy dropped=9\\" x\': bad"}',
      refused(null, /parse/),
    ],
    [413, '{"error":"Request Entity Too Large"}', refused(null, /413/)],
    [404, '{"error":"database not found: \\"x\\""}', unavailable(/404: database not found.*missing/)],
    // 2.0; 2.7 and later; 2.x in general.
    [
      500,
      '{"code":"internal error","message":"unexpected error writing points to database: partial write: points beyond retention policy dropped=1"}',
      { kind: 'outside-retention', dropped: 1 },
    ],
    [
      422,
      '{"code":"unprocessable entity","message":"failure writing points to database: partial write: dropped 7 points outside retention policy of duration 1h0m0s - oldest point m,a=b at 1970-01-01T00:00:00Z"}',
      { kind: 'outside-retention', dropped: 7 },
    ],
    [
      422,
      '{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: input field \\"v\\" on measurement \\"m\\" is type float, already exists as type string dropped=1"}',
      refused(1, /422.*conflict/),
    ],
    [
      401,
      '{"code":"unauthorized","message":"unauthorized access"}',
      unavailable(/401: unauthorized access.*mend/),
    ],
    [403, '{"code":"forbidden","message":"insufficient permissions"}', unavailable(/403.*write access/)],
    [429, '{"code":"too many requests","message":"slow"}', unavailable(/429: slow/)],
    // 3.x.
    [
      400,
      '{"error":"partial write of line protocol occurred","data":[{"original_line":"m","line_number":2,"error_message":"no fields"}]}',
      refused(null, /400: partial write of line protocol occurred/),
    ],
    // Proxies.
    [502, '<html>Bad\nGateway</html>', unavailable(/^answered 502: <html>Bad Gateway<\/html>$/)],
    [302, '', unavailable(/^answered 302$/)],
    [503, '', unavailable(/503/)],
  ])('reads %d %s', (status, body, expected) => {
    expect(outcomeOfError(answer(status, body))).toEqual(expected);
  });

  it('takes every failure of the network for one that passes', () => {
    const refusedConnection = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(outcomeOfError(refusedConnection)).toEqual(unavailable(/cannot be reached: ECONNREFUSED connect/));
    expect(outcomeOfError(new RequestTimedOutError())).toEqual(unavailable(/Request timed out/));
    expect(outcomeOfError(Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }))).toEqual(
      unavailable(/ETIMEDOUT/),
    );
    expect(outcomeOfError('odd')).toEqual(unavailable(/odd/));
  });

  it('keeps a long answer short', () => {
    expect(failureReason(answer(400, `{"error":"${'x'.repeat(9_000)}"}`)).length).toBeLessThan(600);
    expect(failureReason(new InfluxQlError('syntax'))).toBe('refused a query: syntax');
  });
});
