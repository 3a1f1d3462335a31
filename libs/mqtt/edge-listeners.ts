import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { bindServer } from './bind-server.js';
import type { EdgeTls, ResolvedOptions } from './edge-broker.options.js';

const TCP_KEEP_ALIVE_MS = 60_000;
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };

/** Logged once when plain MQTT can be reached from other machines. */
export const PLAIN_MQTT_WARNING =
  "MQTT without TLS can be reached from other machines: terminals' secrets cross the network in the clear. " +
  'Give terminals the TLS port, and let plain MQTT listen on 127.0.0.1 only.';

export interface EdgeListeners {
  readonly port: number;
  readonly tlsPort: number | null;
  /** Accepts nobody more; resolves when the last connection has ended. */
  close(): Promise<void>;
  /** Ends the TLS connections whose handshake is not done, which nobody else knows. */
  cut(): void;
}

export interface ListenerEvents {
  readonly onSocket: (socket: Socket) => void;
  readonly onTooMany: () => void;
  readonly onHandshakeFailed: () => void;
  readonly onError: (error: Error) => void;
}

/** True when only this machine can reach a listener on `host`; null = all addresses. */
export function isLoopback(host: string | null): boolean {
  return host !== null && /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host);
}

/** Opens the plain listener and, when asked for, the one with TLS. Rejects when either cannot be had. */
export async function openListeners(
  options: ResolvedOptions,
  events: ListenerEvents,
): Promise<EdgeListeners> {
  const plain = createServer(SOCKET_OPTIONS, events.onSocket);
  const secure = options.tls === null ? null : secureServer(options.tls, options.connectTimeoutMs, events);
  const servers = secure === null ? [plain] : [plain, secure];
  for (const server of servers) {
    server.maxConnections = options.connectionsMax;
    server.on('drop', events.onTooMany);
  }
  const handshaking = new Set<Socket>();
  secure?.on('connection', (socket: Socket) => {
    handshaking.add(socket);
    socket.once('close', () => handshaking.delete(socket));
  });
  const port = await bindServer(plain, options.host, options.port);
  let tlsPort: number | null = null;
  if (secure !== null && options.tls !== null) {
    tlsPort = await bindServer(secure, options.host, options.tls.port).catch((error: unknown) => {
      plain.close();
      throw error;
    });
  }
  for (const server of servers) server.on('error', events.onError);
  const ended = (server: NetServer) => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    port,
    tlsPort,
    close: async () => {
      await Promise.all(servers.map(ended));
    },
    cut: () => {
      for (const socket of handshaking) socket.destroy();
    },
  };
}

function secureServer(tls: EdgeTls, handshakeTimeout: number, events: ListenerEvents): NetServer {
  const { cert, key } = tls;
  try {
    const settings = { ...SOCKET_OPTIONS, cert: text(cert), key: text(key), handshakeTimeout };
    const server = createTlsServer({ ...settings, minVersion: 'TLSv1.2' }, events.onSocket);
    server.on('tlsClientError', events.onHandshakeFailed);
    return server;
  } catch (error) {
    throw new Error(
      `The TLS certificate or key of the edge broker cannot be used: ${String(error)}. ` +
        'Give a PEM certificate chain and its PEM key without a passphrase.',
    );
  }
}

/** PEM is text, and Node's types know only Buffers besides. */
function text(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
}
