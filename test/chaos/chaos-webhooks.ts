import { Rng } from '../../simulators/random.js';
import { until } from '../harness/platform-process.js';
import {
  entrapment,
  type NotifierProcess,
  type StandEndpoint,
  WebhookStand,
} from '../harness/webhook-stand.js';
import { type Behaviour, UnrulyReceivers } from './unruly-receivers.js';

const EVENT_EVERY_MS = 100;
const NOTIFIERS = 2;
/** The lease of a killed process, the retries of the first minute, and a busy machine. */
const SETTLE_MS = 180_000;

/** Every way to receive badly, and two ways to receive well; all of one firm. */
const LIVE: readonly Behaviour[] = ['well', 'well', 'flaky', 'slow', 'drops', 'lies', 'huge', 'redirects'];

export interface WebhookChaosOptions {
  readonly kills: number;
  readonly seed: number;
}

/** One line of the ledger. */
export interface LedgerLine {
  readonly endpoint: string;
  readonly expected: number;
  readonly came: number;
  readonly requests: number;
  readonly missing: number;
  readonly foreign: number;
  readonly unsigned: number;
}

export interface WebhookChaosResult extends WebhookChaosOptions {
  readonly chaos: 'webhooks';
  readonly events: number;
  readonly ledger: readonly LedgerLine[];
  readonly wrong: readonly string[];
}

interface Party {
  readonly name: string;
  readonly firm: string;
  readonly endpoint: StandEndpoint;
  /** What must come; null = whatever came before it was disabled. */
  readonly gets: 'own' | 'nothing' | null;
}

/**
 * Two notifiers on one PostgreSQL, killed at random and started again, with endpoints that misbehave in every
 * way: each event must come to each live endpoint at least once, and to no other.
 */
export async function chaosWebhooks(
  options: WebhookChaosOptions,
  say: (text: string) => void,
): Promise<WebhookChaosResult> {
  const rng = new Rng(options.seed, 'chaos-webhooks');
  const receivers = await UnrulyReceivers.open(new Rng(options.seed, 'receivers'));
  const stand = await WebhookStand.start();
  const writing = new AbortController();
  let written: Promise<void> = Promise.resolve();
  try {
    await stand.addLifts([
      { lift: 'L-own', firm: 'own' },
      { lift: 'L-other', firm: 'other' },
    ]);
    const parties = await makeParties(stand, receivers);
    const sent = { own: [] as string[], other: [] as string[] };
    const notifiers = [];
    for (let n = 0; n < NOTIFIERS; n++) notifiers.push(await stand.notifier());
    written = writeEvents(stand, sent, writing.signal);
    // Awaited below; when a start fails first, its own error is the one to tell.
    written.catch(() => undefined);
    for (let kill = 1; kill <= options.kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, rng.int(100, 2_000)));
      await killOne(rng.pick(notifiers));
      say(`kill ${kill} of ${options.kills}; ${sent.own.length + sent.other.length} events`);
    }
    writing.abort();
    await written;
    const ledger = () => parties.map((party) => ledgerLine(party, sent, receivers));
    await until(
      'every event everywhere',
      () => ledger().every(({ missing }) => missing === 0),
      SETTLE_MS,
    ).catch((error: unknown) => say(String(error)));
    const lines = ledger();
    const wrong = [...lines.flatMap(wrongWith), ...(await wrongWithGone(stand, parties, receivers))];
    const events = sent.own.length + sent.other.length;
    return { chaos: 'webhooks', ...options, events, ledger: lines, wrong };
  } finally {
    writing.abort();
    await written.catch(() => undefined);
    await stand.dispose();
    await receivers.close();
  }
}

async function makeParties(stand: WebhookStand, receivers: UnrulyReceivers): Promise<readonly Party[]> {
  const parties: Party[] = [];
  const add = async (name: string, behaviour: Behaviour, firm: string, gets: Party['gets']) => {
    const path = `/${name}`;
    const endpoint = await stand.addEndpoint(firm, `${receivers.url}${path}`, { concurrency: 8 });
    receivers.play(path, behaviour, endpoint.secret);
    parties.push({ name, firm, endpoint, gets });
    return endpoint;
  };
  for (const [index, behaviour] of LIVE.entries())
    await add(`${behaviour}-${index}`, behaviour, 'own', 'own');
  await add('foreign', 'well', 'other', 'own');
  await stand.disable(await add('disabled', 'well', 'own', 'nothing'));
  await add('gone', 'gone', 'own', null);
  return parties;
}

/** An event each tenth of a second, every fifth for the other firm. */
async function writeEvents(
  stand: WebhookStand,
  sent: { readonly own: string[]; readonly other: string[] },
  stop: AbortSignal,
): Promise<void> {
  for (let n = 0; !stop.aborted; n++) {
    const firm = n % 5 === 0 ? 'other' : 'own';
    await stand.append(entrapment(`f-${n}`, `L-${firm}`, firm));
    sent[firm].push(`f-${n}`);
    await new Promise((resolve) => setTimeout(resolve, EVENT_EVERY_MS));
  }
}

async function killOne(notifier: NotifierProcess): Promise<void> {
  await notifier.kill();
  await notifier.start();
}

function ledgerLine(
  { name, firm, gets }: Party,
  sent: { readonly own: readonly string[]; readonly other: readonly string[] },
  receivers: UnrulyReceivers,
): LedgerLine {
  const { requests, taken, unsigned } = receivers.of(`/${name}`);
  const mine = new Set(firm === 'own' ? sent.own : sent.other);
  const expected = gets === 'own' ? mine.size : 0;
  const came = [...taken].filter((fault) => mine.has(fault)).length;
  const foreign = gets === 'nothing' ? requests : [...taken].filter((fault) => !mine.has(fault)).length;
  const missing = gets === 'own' ? expected - came : 0;
  return { endpoint: name, expected, came, requests, missing, foreign, unsigned };
}

function wrongWith({ endpoint, missing, foreign, unsigned }: LedgerLine): readonly string[] {
  return [
    ...(missing > 0 ? [`${endpoint}: ${missing} events never came`] : []),
    ...(foreign > 0 ? [`${endpoint}: ${foreign} events came that were not for it`] : []),
    ...(unsigned > 0 ? [`${endpoint}: ${unsigned} messages did not verify`] : []),
  ];
}

/** An endpoint that has said 410 is disabled, and gets nothing from then on. */
async function wrongWithGone(
  stand: WebhookStand,
  parties: readonly Party[],
  receivers: UnrulyReceivers,
): Promise<readonly string[]> {
  const gone = parties.find(({ name }) => name === 'gone');
  const row = await stand.records.db
    .selectFrom('webhook_endpoint')
    .select(['state', 'state_reason'])
    .where('id', '=', gone?.endpoint.id ?? '')
    .executeTakeFirst();
  if (row?.state !== 'disabled' || row.state_reason !== 'gone')
    return [`gone: it is ${row?.state}, not disabled`];
  const before = receivers.of('/gone').requests;
  await stand.append(entrapment('f-after', 'L-own', 'own'));
  await until('the event after', () => receivers.of('/well-0').taken.has('f-after'), 30_000);
  const after = receivers.of('/gone').requests - before;
  return after === 0 ? [] : [`gone: ${after} messages came after it was disabled`];
}
