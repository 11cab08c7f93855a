import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../src/api/start-api-server.ts';
import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { TokenStore } from '../../src/stores/token-store.ts';
import { CommandHome } from '../support/command.ts';
import { ensurePythonPackages } from '../support/python.ts';

const SCHEMATHESIS = '4.32.5';
/** Cases of each operation and phase. */
const EXAMPLES = 40;
const SEED = 1;

let home: CommandHome;
let stores: OpenStores;
let client: LifecycleClient;
let server: ApiServer;
let token: string;

beforeAll(async () => {
  home = await CommandHome.create();
  expect((await home.run('dev', '--detach')).code).toBe(0);
  stores = openStores(home);
  client = await LifecycleClient.connect(readConfig(home.environment));
  const scopes = ['runs:read', 'runs:write'] as const;
  const created = await new TokenStore(stores.documents).create({
    ...{ name: 'fuzz', scopes, expiresAt: null },
  });
  token = created.text;
  server = await startApiServer({
    ...{
      client,
      documents: stores.documents,
      home: home.home,
      dataRoot: home.home,
      webhookHosts: [],
    },
    ...{ requestsPerMinute: 1_000_000, host: '127.0.0.1', port: 0 },
  });
}, 180_000);
afterAll(async () => {
  await server.close();
  await client.close();
  await stores.close();
  await home.remove();
}, 60_000);

test('no request that its own description allows, or forbids, breaks the contract', async () => {
  const packages = await ensurePythonPackages(`schemathesis-${SCHEMATHESIS}`, [
    `schemathesis==${SCHEMATHESIS}`,
  ]);
  const { code, said } = await run('python3', packages, [
    ...['-m', 'schemathesis.cli'],
    ...['--config-file', resolve(import.meta.dirname, '../foreign/schemathesis.toml')],
    ...['run', `${server.url}/openapi.json`, '--header', `Authorization: Bearer ${token}`],
    ...['--max-examples', String(EXAMPLES), '--seed', String(SEED), '--continue-on-failure'],
    ...[
      '--checks',
      'all',
      '--request-timeout',
      '60',
      '--no-color',
      '--generation-database',
      'none',
    ],
  ]);
  console.log(said.slice(-1_500));
  expect(code, said).toBe(0);
}, 3_600_000);

function run(program: string, packages: string, args: readonly string[]) {
  const child = spawn(program, args, {
    env: { ...process.env, PYTHONPATH: packages, NO_COLOR: '1' },
    cwd: home.home,
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  return new Promise<{ code: number | null; said: string }>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, said }));
  });
}
