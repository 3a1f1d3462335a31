/**
 * Follows the open alarms of a key: lists them, then keeps the list true by the live stream, across restarts
 * of the server. Needs nothing but Node 22.18 or newer, which runs TypeScript itself:
 *
 *   LIFTWARDEN_URL=http://localhost:3000 LIFTWARDEN_KEY=lw_… node docs/api/follow-alarms.ts
 */
interface Alarm {
  readonly id: string;
  readonly lift: string;
  readonly kind: string;
  readonly priority: string;
  readonly state: string;
  readonly version: number;
}

const { LIFTWARDEN_URL = 'http://localhost:3000', LIFTWARDEN_KEY = '' } = process.env;
const RETRY_MS = 1_000;

const alarms = new Map<string, Alarm>();
let lastEventId: string | null = null;

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const answer = await fetch(`${LIFTWARDEN_URL}/api/v1${path}`, {
    headers: { authorization: `Bearer ${LIFTWARDEN_KEY}`, ...headers },
  });
  if (answer.ok) return answer;
  const { title, detail } = (await answer.json()) as { title: string; detail: string };
  if (answer.status === 401 || answer.status === 403) throw new Error(`${title}: ${detail}`);
  // 429 and 503 say when to come back; nothing was done meanwhile.
  await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
  return get(path, headers);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The greater version wins: a list may be older than an event that came meanwhile. */
function take(alarm: Alarm): void {
  if ((alarms.get(alarm.id)?.version ?? -1) >= alarm.version) return;
  alarms.set(alarm.id, alarm);
  process.stdout.write(`${alarm.priority} ${alarm.kind} ${alarm.lift}: ${alarm.state}\n`);
}

async function listAll(): Promise<void> {
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Response = await get(`/alarms?open=true&limit=500${cursor && `&cursor=${cursor}`}`);
    const { items, next } = (await page.json()) as { items: Alarm[]; next: string | null };
    for (const alarm of items) take(alarm);
    cursor = next;
  }
}

async function handle(block: string): Promise<void> {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  lastEventId = field('id') ?? lastEventId;
  const event = field('event') ?? '';
  if (event.startsWith('alarm.')) take((JSON.parse(field('data') ?? '{}') as { alarm: Alarm }).alarm);
  // A fresh stream follows from now on, and a reset one has a gap behind it: the list fills both.
  if (event === 'reset' || event === 'hello') await listAll();
}

async function follow(): Promise<void> {
  const resume: Record<string, string> = lastEventId === null ? {} : { 'last-event-id': lastEventId };
  const { body } = await get('/alarms/stream', { accept: 'text/event-stream', ...resume });
  if (body === null) return;
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) await handle(block);
  }
}

for (;;) {
  try {
    await follow();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`no contact: ${error.message}\n`);
  }
  await sleep(RETRY_MS);
}
