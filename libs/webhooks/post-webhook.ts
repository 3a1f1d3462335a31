import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { AttemptOutcome } from './delivery-lifecycle.js';

/** Bytes of an answer that are kept, head and body each; a longer one is cut off there. */
export const ANSWER_BYTES_MAX = 4_096;

export interface PostRequest {
  readonly url: URL;
  /** Checked addresses: no other is connected to. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly agent: NonNullable<RequestOptions['agent']>;
  /** Ends the attempt: its time is over, or the process stops. */
  readonly signal: AbortSignal;
}

/** What came back. Texts are the endpoint's own and must be escaped where they are shown. */
export interface PostAnswer {
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly head: string | null;
  readonly body: string | null;
  /** What went wrong below HTTP. */
  readonly error: string | null;
  readonly retryAfter: string | undefined;
}

/**
 * One POST. The status decides, once the head is there: a body that never ends, or is shorter than promised,
 * changes nothing any more. No redirect is followed. Never rejects.
 */
export function postWebhook(post: PostRequest): Promise<PostAnswer> {
  return new Promise((resolve) => {
    let answered: IncomingMessage | null = null;
    let kept = Buffer.alloc(0);
    const finish = (error: Error | null) => {
      const answer = answered === null ? withoutAnswer(error, post.signal) : answerOf(answered, kept, error);
      resolve(answer);
    };
    let sent: ClientRequest;
    try {
      sent = send(post);
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    sent.on('error', finish);
    sent.on('response', (response) => {
      answered = response;
      response.on('error', finish);
      response.on('close', () => finish(null));
      response.on('data', (piece: Buffer) => {
        kept = Buffer.concat([kept, piece.subarray(0, ANSWER_BYTES_MAX - kept.length)]);
        if (kept.length >= ANSWER_BYTES_MAX) response.destroy();
      });
      response.on('end', () => finish(null));
    });
    sent.end(post.body);
  });
}

function send({ url, addresses, headers, body, agent, signal }: PostRequest): ClientRequest {
  const options: RequestOptions = {
    method: 'POST',
    agent,
    signal,
    // Pinned: the name is not asked for again, so a name that answers otherwise now leads nowhere.
    lookup: (_host, wanted, done) => {
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      const [first] = found;
      if (first === undefined) done(new Error('no checked address'), '', 4);
      else if (wanted.all === true) done(null, found);
      else done(null, first.address, first.family);
    },
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
  };
  return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
}

function answerOf(response: IncomingMessage, kept: Buffer, error: Error | null): PostAnswer {
  const status = response.statusCode ?? 0;
  return {
    outcome: outcomeOf(status),
    status,
    head: headOf(response),
    body: kept.toString('utf8'),
    error: error === null ? null : error.message.slice(0, ANSWER_BYTES_MAX),
    retryAfter: status === 429 || status === 503 ? response.headers['retry-after'] : undefined,
  };
}

function outcomeOf(status: number): AttemptOutcome {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirect-refused' : 'refused-status';
}

function headOf(response: IncomingMessage): string {
  const lines: string[] = [`${response.statusCode} ${response.statusMessage ?? ''}`.trim()];
  for (let place = 0; place + 1 < response.rawHeaders.length; place += 2) {
    lines.push(`${response.rawHeaders[place]}: ${response.rawHeaders[place + 1]}`);
  }
  return lines.join('\n').slice(0, ANSWER_BYTES_MAX);
}

function withoutAnswer(error: Error | null, signal: AbortSignal): PostAnswer {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const bad = code.startsWith('HPE_');
  const outcome = signal.aborted ? 'timeout' : bad ? 'bad-answer' : 'connection-failed';
  const text = signal.aborted
    ? 'no answer in time'
    : `${code} ${error?.message ?? 'closed without an answer'}`;
  return {
    outcome,
    status: null,
    head: null,
    body: null,
    error: text.trim().slice(0, ANSWER_BYTES_MAX),
    retryAfter: undefined,
  };
}
