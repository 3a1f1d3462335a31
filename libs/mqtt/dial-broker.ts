import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import type { BrokerAddress } from './shard-consumer.options.js';

const TCP_KEEP_ALIVE_MS = 60_000;
/** A frame is held in memory as a whole; brokers send one packet each. */
const WEBSOCKET_FRAME_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Opens the byte stream to a broker: TCP, TLS or WebSocket. Certificates are always verified, by `ca` (PEM)
 * or the system's. Rejects when it is not there in `timeoutMs`, with the address and the cause.
 */
export function dialBroker(
  broker: BrokerAddress,
  ca: string | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const webSocket = broker.scheme === 'ws' || broker.scheme === 'wss';
  return new Promise((resolve, reject) => {
    const attempt = webSocket ? openWebSocket(broker, ca) : openSocket(broker, ca);
    const fail = (why: string) => {
      settle();
      attempt.abandon();
      reject(new Error(`${broker.shown}: ${why}`));
    };
    const late = setTimeout(() => fail(`no connection after ${timeoutMs} ms`), timeoutMs);
    const stopped = () => fail('stopped');
    const settle = () => {
      clearTimeout(late);
      signal.removeEventListener('abort', stopped);
    };
    signal.addEventListener('abort', stopped);
    attempt.onError((error) => fail(error.message || String(error)));
    attempt.onOpen(() => {
      settle();
      resolve(attempt.stream());
    });
    if (signal.aborted) stopped();
  });
}

/** A connection being opened. */
interface Attempt {
  onOpen(run: () => void): void;
  onError(run: (error: Error) => void): void;
  abandon(): void;
  stream(): Duplex;
}

function openSocket({ scheme, host, port }: BrokerAddress, ca: string | null): Attempt {
  const secure = scheme === 'mqtts';
  const socket = secure
    ? connectTls({ host, port, servername: serverName(host), ...trusting(ca) })
    : connectTcp({ host, port });
  return {
    onOpen: (run) => socket.once(secure ? 'secureConnect' : 'connect', run),
    // Stays: an error of an abandoned or open socket must never be unheard.
    onError: (run) => socket.on('error', run),
    abandon: () => socket.destroy(),
    stream: () => socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE_MS),
  };
}

function openWebSocket(broker: BrokerAddress, ca: string | null): Attempt {
  const socket = new WebSocket(broker.shown, 'mqtt', {
    maxPayload: WEBSOCKET_FRAME_MAX_BYTES,
    perMessageDeflate: false,
    ...trusting(ca),
  });
  return {
    onOpen: (run) => socket.once('open', run),
    onError: (run) => socket.on('error', run),
    abandon: () => socket.terminate(),
    stream: () => createWebSocketStream(socket),
  };
}

/** An address is no server name (RFC 6066 §3); its certificate is verified by the address. */
function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}

function trusting(ca: string | null): { ca?: string } {
  return ca === null ? {} : { ca };
}
