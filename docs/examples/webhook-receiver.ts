// A receiver of Liftwarden's webhooks without any package: verify, answer, then work.
//   WEBHOOK_SECRET=whsec_… node webhook-receiver.ts        (Node before 22.18: npx tsx webhook-receiver.ts)
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = Buffer.from((process.env.WEBHOOK_SECRET ?? '').replace(/^whsec_/, ''), 'base64');
if (secret.length < 24) throw new Error('WEBHOOK_SECRET is not set: give the whsec_… of your webhook');
/** Ids handled already. Keep them in your database, with what you do, in one transaction. */
const handled = new Set<string>();

function isSigned(id: string, timestamp: string, signatures: string, body: Buffer): boolean {
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((each) => {
    const [version, text = ''] = each.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
      String(request.headers[name] ?? ''),
    ) as [string, string, string];
    const body = Buffer.concat(pieces); // the bytes as they came
    if (!isSigned(id, timestamp, signatures, body)) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(204).end();
    if (handled.has(id)) return;
    handled.add(id);
    const { type, data } = JSON.parse(body.toString('utf8'));
    process.stdout.write(`${type} ${data.lift?.registrationCode} ${data.sequence} ${data.kind}\n`);
  });
});
server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1');
