import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request on its way. */
export type Fault =
  /** Done, but nobody is told. */
  | { readonly kind: 'lose-answer' }
  /** The answer breaks off in its middle. */
  | { readonly kind: 'cut-answer' }
  /** Taken, and never answered. */
  | { readonly kind: 'hang' }
  /** Answered in the server's place. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  /** The server is not told of a header. */
  | { readonly kind: 'drop-header'; readonly name: string };

/** Stands before a real HTTP server, and passes all on but what a test wants to go wrong. */
export class FaultyProxy {
  readonly endpoint: string;
  /** Asked for each request. */
  fault: (request: IncomingMessage) => Fault | null = () => null;
  requests = 0;
  readonly #server: Server;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => {
      this.requests += 1;
      const fault = this.fault(incoming);
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'refuse') refuse(incoming, outgoing, fault);
      else pass(target, incoming, outgoing, fault);
    });
  }

  static async start(target: string): Promise<FaultyProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyProxy(server, target);
  }

  /** Makes this go wrong with the next request of a method, and with no other. */
  once(method: string, fault: Fault): void {
    let left = 1;
    this.fault = (incoming) => (incoming.method === method && left-- > 0 ? fault : null);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  incoming.resume();
  const body = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body);
}

function pass(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | null,
): void {
  const headers = { ...incoming.headers };
  if (fault?.kind === 'drop-header') delete headers[fault.name];
  const onward = request(target + (incoming.url ?? ''), { method: incoming.method, headers });
  onward.on('error', () => outgoing.destroy());
  onward.on('response', (answer) => void answerTo(answer, outgoing, fault));
  incoming.pipe(onward);
}

async function answerTo(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | null,
): Promise<void> {
  const body = Buffer.concat((await answer.toArray()) as Buffer[]);
  if (fault?.kind === 'lose-answer') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  if (fault?.kind !== 'cut-answer') outgoing.end(body);
  else outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
}
