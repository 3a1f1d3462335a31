import type { AddressInfo, Server } from 'node:net';

/** Binds `server`, on all addresses for `null`; answers the port. Rejects with the port and what to do. */
export async function bindServer(server: Server, host: string | null, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(host === null ? { port } : { port, host }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const where = `${host ?? 'all addresses'}, port ${port}`;
    throw new Error(`Cannot listen for MQTT on ${where}: ${String(error)}. Choose another port.`);
  }
  return (server.address() as AddressInfo).port;
}
