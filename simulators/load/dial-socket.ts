import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where the broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority to trust; null = the system's. Absent = no TLS. */
  readonly tls: { readonly ca: string | null } | null;
}

const READ_BYTES = 64 * 1024;

/**
 * Makes sockets that all read into one buffer: what they read is parsed before the next one reads, so none
 * needs memory of its own.
 */
export function dialler(
  address: BrokerAddress,
): (onRead: (bytes: number, buffer: Uint8Array) => void) => Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const { host, port, tls } = address;
  return (onRead) => {
    const callback = (bytes: number, read: Uint8Array): boolean => {
      onRead(bytes, read);
      return true;
    };
    const common = { host, port, onread: { buffer, callback } };
    if (tls === null) return connectPlain({ ...common, noDelay: true });
    const socket = connectTls({
      ...common,
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      // A name, for an address cannot be one (RFC 6066 §3).
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    });
    return socket.setNoDelay(true);
  };
}
