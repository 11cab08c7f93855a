import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}
type Script = (received: Received, count: number) => Answer | Promise<Answer>;

/** Another system: keeps every request, and answers by a script for each path. */
export class HttpReceiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #scripts = new Map<string, Script>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const path = url.split('?')[0] ?? '';
        this.received.push({ method, url, headers, text });
        const script: Script = this.#scripts.get(path) ?? (() => ({ status: 404 }));
        void Promise.resolve(script({ method, url, headers, text }, this.at(path).length)).then(
          ({ status, headers: own = {}, body }) =>
            response
              .writeHead(status, { 'content-type': 'application/json', ...own })
              .end(body === undefined ? '' : JSON.stringify(body)),
        );
      });
    });
  }

  /** @param port 0 takes any */
  static async listen(port = 0): Promise<HttpReceiver> {
    const server = createServer();
    const receiver = new HttpReceiver(server);
    await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done));
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param script is told how many requests of this path have come, with this one */
  answer(path: string, script: Script): void {
    this.#scripts.set(path, script);
  }

  at(path: string): Received[] {
    return this.received.filter(({ url }) => url.split('?')[0] === path);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => void this.#server.close(() => done()));
  }
}

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const receiver = await HttpReceiver.listen();
  const port = Number(receiver.host.split(':')[1]);
  await receiver.close();
  return port;
}
