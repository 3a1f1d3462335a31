import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type Command,
  CommandError,
  type OptionSpec,
  optional,
  parseOptions,
  required,
  UsageError,
  urlOption,
} from '../command-line.js';
import { ProgressLine, untilInterrupted } from '../progress.js';
import { type ImportReport, reportLines } from './report-lines.js';

const KINDS = ['lifts', 'districts', 'firms', 'users', 'terminals'];
const CHARSETS = ['utf-8', 'gbk', 'gb18030'];

const USAGE = `import KIND FILE.csv --api URL --key K [options]
  Takes a CSV file into the platform's books: good rows are kept, bad ones told by line, column, reason.
  KIND              ${KINDS.join(', ')}; in that order, as later ones refer to earlier ones
  --api URL         the platform, e.g. http://localhost:3000
  --key K           an admin key; or the variable LIFTWARDEN_KEY, which keeps it off the command line
  --charset C       ${CHARSETS.join(', ')} (default: found out from the file)
  --out FILE        terminals only: where their secrets go (0600); must not exist yet
  Exit code 0: every row taken; 1: some refused, or it could not be done; 2: wrongly asked.`;

const OPTIONS: OptionSpec = {
  api: { type: 'string' },
  key: { type: 'string' },
  charset: { type: 'string' },
  out: { type: 'string' },
};

export const importCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values, words } = parseOptions(args, OPTIONS, ['KIND', 'FILE.csv']);
    const [kind = '', file = ''] = words;
    if (!KINDS.includes(kind)) throw new UsageError(`'${kind}': must be one of ${KINDS.join(', ')}`);
    if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
    const api = urlOption(values, 'api', ['http:', 'https:']);
    const key = optional(values, 'key') ?? process.env.LIFTWARDEN_KEY ?? '';
    if (key === '') throw new UsageError('--key is missing, and LIFTWARDEN_KEY is not set');
    const charset = optional(values, 'charset');
    if (charset !== undefined && !CHARSETS.includes(charset))
      throw new UsageError(`--charset ${charset}: must be one of ${CHARSETS.join(', ')}`);
    const out = kind === 'terminals' ? required(values, 'out') : null;
    if (out !== null && existsSync(out))
      throw new UsageError(`--out ${out}: is there already, and holds secrets; name another`);
    const interrupted = untilInterrupted();
    try {
      const response = await send({
        url: `${api}/api/v1/imports/${kind}`,
        key,
        file,
        charset,
        ...interrupted,
      });
      return out === null ? await report(response) : await keepSecrets(response, out);
    } finally {
      interrupted.release();
    }
  },
};

interface Sending {
  readonly url: string;
  readonly key: string;
  readonly file: string;
  readonly charset: string | undefined;
  readonly signal: AbortSignal;
}

/** The file goes as it is read, so its size does not matter. Throws a CommandError for any answer but 2xx. */
async function send({ url, key, file, charset, signal }: Sending): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': charset === undefined ? 'text/csv' : `text/csv; charset=${charset}`,
      },
      body: Readable.toWeb(createReadStream(file)) as unknown as ReadableStream,
      duplex: 'half',
      redirect: 'error',
      signal,
    } as RequestInit);
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted; what was committed until then stays');
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(`POST ${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (response.ok) return response;
  const text = await response.text();
  throw new CommandError(`POST ${url}: ${response.status} ${text.slice(0, 500)}`);
}

async function report(response: Response): Promise<number> {
  const answer = (await response.json()) as ImportReport;
  for (const line of reportLines(answer)) console.log(line);
  return answer.refused === 0 && answer.stopped === null ? 0 : 1;
}

/** The secrets are shown once: written as they come, readable by their owner alone. */
async function keepSecrets(response: Response, out: string): Promise<number> {
  const progress = new ProgressLine();
  let refused = 0;
  let lines = -1;
  async function* counted(source: AsyncIterable<Uint8Array>) {
    for await (const piece of source) {
      const text = Buffer.from(piece).toString('latin1');
      lines += text.split('\n').length - 1;
      refused += text.split(/,(?:refused|stopped),/).length - 1;
      yield piece;
    }
  }
  const body = response.body as unknown as AsyncIterable<Uint8Array>;
  await pipeline(body, counted, createWriteStream(out, { flags: 'wx', mode: 0o600 }));
  progress.say(`${lines} lines written to ${out}; ${refused} refused, with line, column and reason in it`);
  return refused === 0 ? 0 : 1;
}
