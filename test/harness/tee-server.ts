import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Hands every byte that a client sends to two servers. The client hears the first only; what the second
 * answers is read and dropped. Both servers so get the very same messages, at the same time.
 */
export class TeeServer {
  /** Made so far: when either server ends one, its client makes another. */
  connections = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(heardPort: number, copiedPort: number): Promise<TeeServer> {
    const server = createServer();
    const tee = new TeeServer(server);
    server.on('connection', (client) => tee.join(client, heardPort, copiedPort));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return tee;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the tee does not listen');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, heardPort: number, copiedPort: number): void {
    const heard = connect(heardPort, '127.0.0.1');
    const copied = connect(copiedPort, '127.0.0.1');
    this.connections += 1;
    for (const socket of [client, heard, copied]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        for (const other of [client, heard, copied]) other.end();
      });
    }
    client.on('data', (bytes) => {
      heard.write(bytes);
      copied.write(bytes);
    });
    heard.on('data', (bytes) => client.write(bytes));
    copied.resume();
  }
}
