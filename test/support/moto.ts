import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ensurePythonPackages } from './python.ts';

const MOTO_VERSION = '5.2.5';
const REQUIREMENTS = [`moto[s3]==${MOTO_VERSION}`, 'flask==3.1.3', 'flask-cors==6.0.5'];
const BUCKET = 'sevenfold-tests';

/**
 * One request after another: moto looks whether an object is there, and puts it, in two steps.
 * It ends when its standard input does, and so outlives no test.
 */
const SERVE = `
import os, sys, threading
sys.path.insert(0, sys.argv[1])
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
server = make_server('127.0.0.1', 0, create_backend_app('s3'), request_handler=MotoRequestHandler)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
`;

/** A real S3 server in a process of its own, with one bucket that is empty. */
export class Moto {
  readonly endpoint: string;
  readonly #process: ChildProcess;

  private constructor(server: ChildProcess, endpoint: string) {
    this.#process = server;
    this.endpoint = endpoint;
  }

  /** @param environment settings of moto's, such as INITIAL_NO_AUTH_ACTION_COUNT */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<Moto> {
    const folder = await ensurePythonPackages(`moto-${MOTO_VERSION}`, REQUIREMENTS);
    // What clients are told is not for the server.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
    const server = spawn('python3', ['-c', SERVE, folder], {
      env: { ...Object.fromEntries(own), ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [port] = (await Promise.race([
      once(createInterface({ input: server.stdout }), 'line'),
      once(server, 'exit').then(() => ['']),
    ])) as string[];
    if (port === '') throw new Error('moto did not start.');
    const moto = new Moto(server, `http://127.0.0.1:${port}`);
    await moto.put(BUCKET);
    return moto;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** The standard variables by which clients find it, whatever this user's own say. */
  variables(endpoint: string = this.endpoint): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      AWS_REGION: 'eu-north-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** A place where nothing lies yet. */
  newPlace(): { readonly bucket: string; readonly prefix: string } {
    return { bucket: BUCKET, prefix: randomUUID() };
  }

  /** Such a place as SEVENFOLD_STORE names it. */
  newStore(): string {
    const { bucket, prefix } = this.newPlace();
    return `s3://${bucket}/${prefix}`;
  }

  /** Makes a bucket, or sets what a bucket has (`bucket?policy`). */
  async put(what: string, body?: string): Promise<void> {
    const response = await fetch(`${this.endpoint}/${what}`, {
      method: 'PUT',
      ...(body !== undefined && { body }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
