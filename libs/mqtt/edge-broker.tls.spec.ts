import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Logger } from '@nestjs/common';
import { generate, type Packet, parser } from 'mqtt-packet';
import { isLoopback } from './edge-listeners.js';
import { BrokerRig, secretOf, until } from './testing/broker-rig.js';

let cert = '';
let key = '';
let rig: BrokerRig | null = null;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'liftwarden-tls-'));
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', keyFile, '-out', certFile],
    ],
    { stdio: 'ignore' },
  );
  cert = readFileSync(certFile, 'utf8');
  key = readFileSync(keyFile, 'utf8');
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  await rig?.stop();
  rig = null;
  jest.restoreAllMocks();
});

function openTls(port: number | null, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: port ?? 0, servername: 'localhost', ca });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

describe('EdgeBrokerStrategy with TLS', () => {
  it('takes messages by TLS under the same policy, and by the plain port', async () => {
    rig = await BrokerRig.start({ tls: { port: 0, cert, key: Buffer.from(key) } });
    expect(rig.strategy.boundTlsPort).not.toBe(rig.strategy.boundPort);
    const socket = await openTls(rig.strategy.boundTlsPort, cert);
    const received: Packet[] = [];
    const packets = parser();
    packets.on('packet', (packet) => received.push(packet));
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => undefined);
    const account = { clientId: 'T1', username: 'T1', password: Buffer.from(secretOf('T1')) };
    socket.write(generate({ cmd: 'connect', clean: true, keepalive: 0, ...account }));
    const publish = (topic: string, messageId: number) =>
      socket.write(
        generate({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId, dup: false, retain: false }),
      );
    publish('lift/v1/T1/event', 1);
    await until('PUBACK', () => received.some(({ cmd }) => cmd === 'puback'));
    const plain = await rig.terminal('T2');
    plain.publish('lift/v1/T2/event', 'y');
    await plain.next('puback');
    publish('lift/v1/T2/event', 2);
    await until('cut off', () => socket.destroyed);
    expect(rig.messages.map(({ clientId, allowed }) => [clientId, allowed])).toEqual([
      ['T1', true],
      ['T2', true],
      ['T1', false],
    ]);
  });

  it('stops at once although somebody never began the handshake', async () => {
    rig = await BrokerRig.start({ tls: { port: 0, cert, key } });
    const mute = connectSocket({ host: '127.0.0.1', port: rig.strategy.boundTlsPort ?? 0 });
    mute.on('error', () => undefined);
    await new Promise((resolve) => mute.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const began = performance.now();
    await rig.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    mute.destroy();
  });

  it('counts connections of both ports against one bound', async () => {
    rig = await BrokerRig.start({ connectionsMax: 1, tls: { port: 0, cert, key } });
    await rig.terminal('T1');
    const second = await openTls(rig.strategy.boundTlsPort, cert);
    second.on('error', () => undefined);
    await until('refused', () => second.destroyed || second.readyState !== 'open');
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total')).toBe(1);
  });

  it('says what is wrong with a certificate, and which port it could not have', async () => {
    const bad = BrokerRig.start({ tls: { port: 0, cert: 'no certificate', key } });
    await expect(bad).rejects.toThrow('PEM');
    rig = await BrokerRig.start();
    const taken = rig.strategy.boundPort;
    await expect(BrokerRig.start({ tls: { port: taken, cert, key } })).rejects.toThrow(`port ${taken}`);
  });

  it.each([
    ['127.0.0.1', 0],
    ['0.0.0.0', 1],
  ])('plain MQTT on %s: %i warnings', async (host, warnings) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    rig = await BrokerRig.start({ host });
    expect(warn.mock.calls.filter(([text]) => String(text).includes('without TLS')).length).toBe(warnings);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['localhost', true],
    ['::1', true],
    [null, false],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.example.org', false],
    ['192.168.1.2', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
