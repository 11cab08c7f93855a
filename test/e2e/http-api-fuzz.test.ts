import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../src/api/start-api-server.ts';
import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { TokenScope } from '../../src/schemas/api-token.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { TokenStore } from '../../src/stores/token-store.ts';
import { CommandHome } from '../support/command.ts';
import { freePort, HttpReceiver } from '../support/http-receiver.ts';
import { ensurePythonPackages } from '../support/python.ts';
import { until } from '../support/until.ts';

const SCHEMATHESIS = '4.32.5';
/** Cases of each operation and phase. */
const EXAMPLES = Number(process.env['SEVENFOLD_FUZZ_EXAMPLES'] ?? 40);
const SEED = Number(process.env['SEVENFOLD_FUZZ_SEED'] ?? 1);
/** Longer than any request may wait. */
const TIMEOUT_SECONDS = 90;

const CONFIG = resolve(import.meta.dirname, '../foreign/schemathesis.toml');
/** A graph that waits for another system, and then for a person. */
const PIPELINE = `
name: labels
inputs: { kind: { type: string, default: some } }
steps:
  - id: call
    uses: http
    http: { url: URL, complete: callback }
    with: { kind: { $from: inputs.kind } }
    output: { labels: "string[]" }
    onFailure: continue
  - { id: gate, uses: approval, after: [call], with: { question: Enough? } }
outputs: { by: { $from: steps.gate.by } }
`;

let home: CommandHome;
let stores: OpenStores;
let client: LifecycleClient;
let server: ApiServer;
let labeller: HttpReceiver;
let token: string;

beforeAll(async () => {
  home = await CommandHome.create();
  labeller = await HttpReceiver.listen();
  labeller.answer('/', () => ({ status: 202 }));
  const port = await freePort();
  home.environment['SEVENFOLD_CALL_HOSTS'] = labeller.host;
  home.environment['SEVENFOLD_API_URL'] = `http://127.0.0.1:${port}`;
  const config = readConfig(home.environment);
  await mkdir(config.pipelines);
  const graph = PIPELINE.replace('URL', `http://${labeller.host}/`);
  await writeFile(join(config.pipelines, 'labels.yaml'), graph);
  expect((await home.runHere('dev', '--detach')).code).toBe(0);
  stores = openStores(home);
  client = await LifecycleClient.connect(config);
  const created = await new TokenStore(stores.documents).create({
    ...{ name: 'fuzz', scopes: TokenScope.options, expiresAt: null },
  });
  token = created.text;
  server = await startApiServer({
    ...{ client, documents: stores.documents, home: home.home, dataRoot: home.home },
    ...{ pipelines: config.pipelines, webhookHosts: [], requestsPerMinute: 1_000_000 },
    // Runs that are paused have events for as long as anybody listens.
    ...{ longestStreamMs: 2_000, host: '127.0.0.1', port },
  });
}, 180_000);
afterAll(async () => {
  await server.close();
  await client.close();
  await labeller.close();
  await stores.close();
  await home.remove();
}, 60_000);

test('no request that its own description allows, or forbids, breaks the contract', async () => {
  const { code, said } = await fuzz({ authorization: `Bearer ${token}` });
  expect(code, said).toBe(0);
}, 3_600_000);

test.each([
  ['/v1/runs/{id}', 'lifecycle', { data: '/nowhere.csv', target: 'left' }],
  ['/v1/pipeline-runs/{id}', 'pipeline', { pipeline: 'labels' }],
])(
  'nor does one about a run that is there: %s',
  async (path, type, input) => {
    await startKnown(type, type, input);
    const { code, said } = await fuzz(
      { authorization: `Bearer ${token}`, parameters: { 'path.id': type } },
      ...['--include-path-regex', `^${path.replaceAll(/[{}]/g, '\\$&')}`],
    );
    expect(code, said).toBe(0);
  },
  3_600_000,
);

test('nor does one that answers a step, with its token', async () => {
  await startKnown('pipeline', 'known', { pipeline: 'labels', inputs: { kind: 'known' } });
  const asked = await until(() => labeller.received.find(({ text }) => text.includes('known')));
  const url = new URL(String(asked.headers['sevenfold-callback-url']));
  const names = ['workflowId', 'runId', 'step', 'attempt'];
  const place = url.pathname.split('/').slice(-names.length);
  const { code, said } = await fuzz(
    {
      authorization: `Bearer ${String(asked.headers['sevenfold-callback-token'])}`,
      parameters: Object.fromEntries(names.map((name, at) => [`path.${name}`, String(place[at])])),
    },
    ...['--include-path-regex', '^/v1/callbacks/'],
  );
  expect(code, said).toBe(0);
}, 3_600_000);

/** A run whose id has no slashes: schemathesis writes what it is told into paths as it is. */
const startKnown = (type: string, workflowId: string, input: object) =>
  client.temporal.workflow.start(type, { taskQueue: 'sevenfold', workflowId, args: [input] });

/**
 * Lets schemathesis make requests out of the server's own description.
 * @param parameters what it does not make up
 */
async function fuzz(
  {
    authorization,
    parameters = {},
  }: { readonly authorization: string; readonly parameters?: Readonly<Record<string, string>> },
  ...more: string[]
) {
  const packages = await ensurePythonPackages(`schemathesis-${SCHEMATHESIS}`, [
    `schemathesis==${SCHEMATHESIS}`,
  ]);
  const known = Object.entries(parameters).map(([name, value]) => `"${name}" = "${value}"\n`);
  const config = join(home.home, 'schemathesis.toml');
  await writeFile(config, `${await readFile(CONFIG, 'utf8')}\n[parameters]\n${known.join('')}`);
  const args = [
    ...['-m', 'schemathesis.cli', '--config-file', config],
    ...['run', `${server.url}/openapi.json`, '--header', `Authorization: ${authorization}`],
    ...['--seed', String(SEED), '--continue-on-failure', '--checks', 'all'],
    ...['--max-examples', String(EXAMPLES), '--request-timeout', String(TIMEOUT_SECONDS)],
    // A result is waited for as long as its request says.
    ...['--max-response-time', String(TIMEOUT_SECONDS)],
    // Paths without a body leave it little to make up.
    ...['--suppress-health-check', 'filter_too_much,too_slow'],
    ...['--no-color', '--generation-database', 'none', ...more],
  ];
  const child = spawn('python3', args, {
    env: { ...process.env, PYTHONPATH: packages, NO_COLOR: '1' },
    cwd: home.home,
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  return new Promise<{ code: number | null; said: string }>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      console.log(said.slice(-1_500));
      done({ code, said });
    });
  });
}
