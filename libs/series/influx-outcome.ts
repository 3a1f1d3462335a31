import { HttpError } from '@influxdata/influxdb-client';
import { InfluxQlError } from './influxql.js';

/** What a server did with one write request. */
export type WriteOutcome =
  | { readonly kind: 'stored' }
  /** It took all but the points older than it keeps: `dropped` of them, null when it does not say. */
  | { readonly kind: 'outside-retention'; readonly dropped: number | null }
  /**
   * It refused at least one line, and may have taken others; `dropped` of them, null when it does not say.
   */
  | { readonly kind: 'refused'; readonly reason: string; readonly dropped: number | null }
  /** It is not there, not ready, or must be mended by its operator: nothing is known of the lines. */
  | { readonly kind: 'unavailable'; readonly message: string };

const REASON_MAX = 500;
/**
 * 1.x and 2.0: `points beyond retention policy dropped=2`; later 2.x: `dropped 2 points outside retention
 * policy of …`.
 */
const RETENTION = /(?:beyond|outside) retention policy/i;
/** Only where the server puts its count: the message may quote a line, and so whatever a terminal sent. */
const DROPPED = /^[^'"]*partial write: dropped (\d+) points|\bdropped=(\d+)$/i;
const OTHER_FAULT = /conflict|unable to parse|limit exceeded/i;
const ABOUT_THE_LINES: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Reads an error of the transport as an outcome. Only 400, 413 and 422 speak of the lines. A refused token
 * and a missing database are the operator's to mend, so that the points wait; InfluxDB 2.0 answers 500 for
 * points outside retention, which would be retried for ever.
 */
export function outcomeOfError(error: unknown): WriteOutcome {
  if (!(error instanceof HttpError)) return { kind: 'unavailable', message: networkReason(error) };
  const said = saidBy(error);
  if (RETENTION.test(said) && !OTHER_FAULT.test(said)) {
    return { kind: 'outside-retention', dropped: droppedIn(said) };
  }
  const reason = failureReason(error);
  if (!ABOUT_THE_LINES.has(error.statusCode)) return { kind: 'unavailable', message: reason };
  return { kind: 'refused', reason, dropped: droppedIn(said) };
}

/** One line for a person: the status, and what the server or the network said. */
export function failureReason(error: unknown): string {
  if (error instanceof InfluxQlError) return `refused a query: ${error.message}`;
  if (!(error instanceof HttpError)) return networkReason(error);
  const said = saidBy(error).slice(0, REASON_MAX);
  const advice = ADVICE[error.statusCode];
  const words = said === '' ? '' : `: ${said}`;
  return `answered ${error.statusCode}${words}${advice === undefined ? '' : ` (${advice})`}`;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: 'the token or password is missing or wrong: mend it',
  403: 'the token may not do this: give it read and write access',
  404: 'the database or bucket is missing, or the URL is not that of InfluxDB',
};

/** 1.x and 3.x answer `{"error"}`, 2.x `{"code", "message"}`, proxies a page. */
function saidBy(error: HttpError): string {
  return wordsIn(error.body ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}

function wordsIn(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== 'object' || json === null) return body;
    if ('error' in json && typeof json.error === 'string') return json.error;
    if ('message' in json && typeof json.message === 'string') return json.message;
  } catch {
    // A page, or a body that was cut: shown as it is.
  }
  return body;
}

function networkReason(error: unknown): string {
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  // An error over several addresses has a code and no message of its own.
  const words = [code, message || name].filter((word) => typeof word === 'string' && word !== '');
  return `cannot be reached: ${words.length > 0 ? words.join(' ') : String(error)}`;
}

function droppedIn(said: string): number | null {
  const found = DROPPED.exec(said);
  const count = found?.[1] ?? found?.[2];
  return count === undefined ? null : Number(count);
}
