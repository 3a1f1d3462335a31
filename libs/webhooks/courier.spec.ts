import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { SystemClock } from '#runtime';
import { allowedNetworks } from './address-rules.js';
import { Courier } from './courier.js';
import type { Claim } from './delivery-queue.js';
import { newSecrets, sealSecrets } from './endpoint-secrets.js';
import { HostAddresses } from './host-addresses.js';
import { SecretBox } from './secret-box.js';
import { WebhookSettings } from './webhook-settings.js';

/** Names whose addresses the test decides, one answer a question. */
class ScriptedHosts extends HostAddresses {
  asked = 0;
  constructor(private readonly answers: readonly (readonly string[])[]) {
    super();
  }
  async addresses(): Promise<readonly string[]> {
    return this.answers[Math.min(this.asked++, this.answers.length - 1)] ?? [];
  }
}

/** Fifteen seconds pass in fifty milliseconds. */
class HastyClock extends SystemClock {
  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(delayMs / 300, signal);
  }
}

const box = new SecretBox(randomBytes(32), randomBytes);
const LOCAL = allowedNetworks(['127.0.0.0/8']);
const never = new AbortController().signal;

function claimOf(url: string, changes: Partial<Claim> = {}): Claim {
  return {
    ...{
      id: 'msg_1',
      endpoint: 'we_1',
      url,
      signatures: ['v1'],
      schedule: 'normal',
      tries: 1,
      type: 'webhook.test',
    },
    ...{ body: '{"type":"webhook.test"}', recordedAt: 0, isFirst: true, limited: false },
    secrets: sealSecrets(box, 'we_1', newSecrets()),
    ...changes,
  };
}

/** A raw server: says `answer` to whoever has sent a whole head, and keeps what it heard. */
class RawServer {
  readonly heard: string[] = [];
  connections = 0;
  port = 0;
  private constructor(private readonly server: Server) {}

  static async open(answer: (socket: Socket) => void): Promise<RawServer> {
    const server = createServer((socket) => {
      raw.connections += 1;
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (piece) => {
        text += piece.toString();
        if (!text.includes('\r\n\r\n') || !text.endsWith('}')) return;
        raw.heard.push(text);
        text = '';
        answer(socket);
      });
    });
    const raw = new RawServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    raw.port = (server.address() as AddressInfo).port;
    return raw;
  }

  close(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

async function attempt(
  answer: (socket: Socket) => void,
  hosts = new ScriptedHosts([['127.0.0.1']]),
  allowed = LOCAL,
) {
  const server = await RawServer.open(answer);
  const courier = new Courier(new WebhookSettings(box, allowed), hosts, new HastyClock());
  const result = await courier.attempt(claimOf(`http://hooks.example:${server.port}/in?a=b`), never);
  courier.close();
  await server.close();
  return { result, server, hosts };
}

const head = (status: string, ...lines: string[]) => `HTTP/1.1 ${[status, ...lines].join('\r\n')}\r\n\r\n`;

describe('the courier', () => {
  it('connects to the checked address, keeps the name as Host, and asks for it once', async () => {
    const { result, server, hosts } = await attempt((socket) => socket.end(head('204 No Content')));
    expect([result.outcome, result.status, hosts.asked]).toEqual(['accepted', 204, 1]);
    expect(server.heard[0]).toMatch(/^POST \/in\?a=b HTTP\/1.1\r\n/);
    expect(server.heard[0]).toContain(`Host: hooks.example:${server.port}\r\n`);
  });

  it('a name that turns to this machine between two attempts is refused at the second (DNS rebinding)', async () => {
    const server = await RawServer.open((socket) => socket.write(head('200 OK', 'content-length: 0')));
    const hosts = new ScriptedHosts([['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1', '169.254.169.254']]);
    const courier = new Courier(new WebhookSettings(box, LOCAL), hosts, new HastyClock());
    const claim = claimOf(`http://hooks.example:${server.port}/`);
    const outcomes = [];
    for (let turn = 0; turn < 3; turn++) outcomes.push((await courier.attempt(claim, never)).outcome);
    expect(outcomes).toEqual(['accepted', 'address-refused', 'address-refused']);
    expect([server.heard.length, hosts.asked]).toEqual([1, 3]);
    courier.close();
    await server.close();
  });

  it.each([
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['0.0.0.0'],
    ['1.1.1.1', '127.0.0.1'],
  ])('without an allowed network nothing goes to %s', async (...addresses) => {
    const server = await RawServer.open((socket) => socket.end(head('200 OK')));
    const courier = new Courier(
      new WebhookSettings(box, null),
      new ScriptedHosts([addresses]),
      new HastyClock(),
    );
    const named = await courier.attempt(claimOf(`https://hooks.example:${server.port}/`), never);
    expect([named.outcome, server.connections]).toEqual(['address-refused', 0]);
    await server.close();
  });

  it('says what went wrong: no address, no connection, dropped, no HTTP, no answer in time', async () => {
    const none = await attempt(() => undefined, new ScriptedHosts([[]]));
    expect([none.result.outcome, none.result.error]).toEqual([
      'name-not-found',
      'no address for hooks.example',
    ]);
    const dropped = await attempt((socket) => socket.destroy());
    expect([dropped.result.outcome, dropped.result.status]).toEqual(['connection-failed', null]);
    const noHttp = await attempt((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(noHttp.result.outcome).toBe('bad-answer');
    const longHead = await attempt((socket) => socket.end(head('200 OK', `x: ${'y'.repeat(40_000)}`)));
    expect(longHead.result.outcome).toBe('bad-answer');
    const silent = await attempt(() => undefined);
    expect([silent.result.outcome, silent.result.error]).toEqual(['timeout', 'no answer in time']);
  });

  it.each<readonly [string, (socket: Socket) => void, string]>([
    [
      'a body shorter than promised',
      (socket) => socket.end(`${head('200 OK', 'content-length: 999')}abc`),
      'accepted',
    ],
    [
      'a body that never ends',
      (socket) => socket.write(`${head('200 OK', 'content-length: 999')}abc`),
      'accepted',
    ],
    [
      'a body longer than promised',
      (socket) => socket.end(`${head('200 OK', 'content-length: 1')}abc`),
      'accepted',
    ],
    ['500', (socket) => socket.end(head('500 No')), 'refused-status'],
    ['404', (socket) => socket.end(head('404 No')), 'refused-status'],
    ['301', (socket) => socket.end(head('301 There', 'location: http://127.0.0.1/')), 'redirect-refused'],
    ['410', (socket) => socket.end(head('410 Gone')), 'gone'],
    ['early 103, then 200', (socket) => socket.end(head('103 Early') + head('200 OK')), 'accepted'],
  ])('%s', async (_name, answer, outcome) => {
    const { result, server } = await attempt(answer);
    expect([result.outcome, server.heard.length]).toEqual([outcome, 1]);
  });

  it.each([
    ['429', 'retry-after: 7', 7_000],
    ['503', 'retry-after: 7', 7_000],
    ['500', 'retry-after: 7', null],
  ])('%s with %s waits %p ms', async (status, line, waitMs) => {
    const { result } = await attempt((socket) => socket.end(head(`${status} Busy`, line)));
    expect(result.retryAfter).toBe(waitMs);
  });

  it('a secret sealed with another key is a failure that says so', async () => {
    const other = new SecretBox(randomBytes(32), randomBytes);
    const courier = new Courier(
      new WebhookSettings(other, LOCAL),
      new ScriptedHosts([['127.0.0.1']]),
      new HastyClock(),
    );
    const result = await courier.attempt(claimOf('http://hooks.example/'), never);
    expect(result.outcome).toBe('secret-unreadable');
  });
});
