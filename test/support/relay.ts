import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server, and can cut it off. */
export class Relay {
  #isCut = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    server.on('connection', (socket) => {
      if (this.#isCut) return void socket.destroy();
      const beyond = connect(target);
      for (const each of [socket, beyond]) {
        this.#sockets.add(each);
        each.on('error', () => undefined);
        each.on('close', () => {
          this.#sockets.delete(each);
          socket.destroy();
          beyond.destroy();
        });
      }
      socket.pipe(beyond).pipe(socket);
    });
  }

  /** @param target such as `127.0.0.1:7233` */
  static async before(target: string): Promise<Relay> {
    const { hostname: host, port } = new URL(`http://${target}`);
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return new Relay(server, { host, port: Number(port) });
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((done) => void this.#server.close(() => done()));
  }
}
