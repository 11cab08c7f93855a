import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../../src/api/start-api-server.ts';
import { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { readConfig } from '../../../src/config.ts';
import { completePipeline } from '../../../src/pipelines/load-pipeline.ts';
import type { TokenScope } from '../../../src/schemas/api-token.ts';
import type { PipelineResult, PipelineState } from '../../../src/schemas/pipeline-run.ts';
import type { PipelineRunDetails, RunPageResponse } from '../../../src/schemas/run-api.ts';
import { type OpenStores, openStores } from '../../../src/stores/index.ts';
import { TokenStore } from '../../../src/stores/token-store.ts';
import { webhookKey, webhookSecret } from '../../../src/stores/webhook-key.ts';
import { CommandHome } from '../../support/command.ts';
import { HttpReceiver } from '../../support/http-receiver.ts';
import { readEvents } from '../../support/read-events.ts';
import { until } from '../../support/until.ts';

const steps = resolve(import.meta.dirname, '../../fixtures/arithmetic-steps.ts');
/** Adds, looks at a file, and asks Ann; one of its steps is a graph itself. */
const GATE = {
  name: 'gate',
  inputs: { data: { type: 'file' }, more: { type: 'number', default: 1 } },
  steps: [
    { id: 'path', uses: `${steps}#say`, with: { text: { $from: 'inputs.data' } } },
    {
      ...{ id: 'sum', uses: 'pipeline', with: { a: { $from: 'inputs.more' } } },
      pipeline: {
        name: 'inner',
        inputs: { a: { type: 'number' } },
        steps: [{ id: 'add', uses: `${steps}#add`, with: { a: { $from: 'inputs.a' }, b: 2 } }],
        outputs: { sum: { $from: 'steps.add.sum' } },
      },
    },
    {
      ...{ id: 'release', uses: 'approval', approval: { approvers: ['ann'] } },
      with: { question: 'Shall it go out?', details: { $from: 'steps.sum.sum' } },
    },
  ],
  outputs: {
    path: { $from: 'steps.path.text' },
    sum: { $from: 'steps.sum.sum' },
    by: { $from: 'steps.release.by' },
  },
};

let home: CommandHome;
let stores: OpenStores;
let client: LifecycleClient;
let receiver: HttpReceiver;
let api: ApiServer;
let ann: { id: string; text: string };
let bob: { id: string; text: string };
let writer: { id: string; text: string };

beforeAll(async () => {
  home = await CommandHome.create();
  receiver = await HttpReceiver.listen();
  home.environment['SEVENFOLD_WEBHOOK_HOSTS'] = receiver.host;
  const config = readConfig(home.environment);
  await mkdir(config.pipelines);
  await writeFile(join(config.pipelines, 'gate.json'), JSON.stringify(GATE));
  await writeFile(join(home.home, 'customers.csv'), 'a\n1\n');
  expect((await home.runHere('dev', '--detach')).code).toBe(0);
  stores = openStores(home);
  client = await LifecycleClient.connect(config);
  api = await serve();
  ann = await newToken('ann', 'runs:read', 'runs:write');
  bob = await newToken('bob', 'runs:read', 'runs:write');
  writer = await newToken('writer', 'runs:read', 'runs:write', 'graphs:write');
}, 180_000);
afterAll(async () => {
  await api.close();
  await client.close();
  await stores.close();
  await receiver.close();
  await home.remove();
}, 60_000);

const serve = (more: { readonly longestStreamMs?: number } = {}) =>
  startApiServer({
    ...{ client, documents: stores.documents, home: home.home, dataRoot: home.home },
    ...{ pipelines: readConfig(home.environment).pipelines, webhookHosts: [receiver.host] },
    ...{ requestsPerMinute: 10_000, host: '127.0.0.1', port: 0, ...more },
  });

async function newToken(name: string, ...scopes: TokenScope[]) {
  const { token, text } = await new TokenStore(stores.documents).create({
    ...{ name, scopes, expiresAt: null },
  });
  return { id: token.id, text };
}

function call(method: string, path: string, body?: unknown, who = ann, key?: string) {
  return fetch(`${api.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${who.text}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the server is to answer
async function answer<T>(response: Promise<Response>): Promise<{ status: number; body: T }> {
  const found = await response;
  return { status: found.status, body: (await found.json()) as T };
}

const RUNS = '/v1/pipeline-runs';
async function start(body: unknown, who = ann, key?: string) {
  const started = await answer<{ id: string; runId: string }>(call('POST', RUNS, body, who, key));
  return { ...started, path: `${RUNS}/${encodeURIComponent(started.body.id)}` };
}
const stateOf = async (path: string) =>
  (await answer<PipelineRunDetails>(call('GET', path))).body.state;
const untilAsked = (path: string) =>
  until(async () => (await stateOf(path))?.approvals[0], { everyMs: 50 });
const inputs = { data: 'customers.csv' };
const approval = { step: 'release', decision: 'approve', why: 'it adds up' };

describe('a run of a graph over HTTP', () => {
  test('is started by name once, followed, approved by the token’s holder, and its result is read', async () => {
    const first = await start({ pipeline: 'gate', inputs }, ann, 'order-7');
    expect(first.status).toBe(201);
    const again = await start({ pipeline: 'gate', inputs }, ann, 'order-7');
    expect(again).toMatchObject({ status: 200, body: first.body });
    const other = await start({ pipeline: 'gate', inputs: { ...inputs, more: 2 } }, ann, 'order-7');
    expect(other).toMatchObject({ status: 422, body: { type: /IdempotencyKeyReused/ } });

    const following = call('GET', `${first.path}/events`).then(readEvents);
    expect(await untilAsked(first.path)).toMatchObject({
      ...{ step: 'release', question: 'Shall it go out?', details: 3, approvers: ['ann'] },
    });
    const approve = (body: object, who = ann) =>
      call('POST', `${first.path}/approve`, body, who).then(async (response) => ({
        status: response.status,
        body: response.status === 204 ? null : ((await response.json()) as object),
      }));
    expect(await approve({ ...approval, step: 'relase' })).toMatchObject({
      ...{ status: 409, body: { field: 'step', expected: 'one of release' } },
    });
    expect(await approve(approval, bob)).toMatchObject({
      ...{ status: 403, body: { field: 'by', value: 'bob', expected: 'one of ann' } },
    });
    // Nobody can say to be somebody else.
    expect(await approve({ ...approval, by: 'ann' }, bob)).toMatchObject({ status: 400 });
    expect(await answer(call('GET', `${first.path}/result`))).toMatchObject({
      ...{ status: 409, body: { type: 'urn:sevenfold:problem:RunNotFinished' } },
    });
    expect((await approve(approval)).status).toBe(204);

    const result = await answer<PipelineResult>(call('GET', `${first.path}/result?wait=30`));
    expect(result).toMatchObject({ status: 200, body: { runId: first.body.runId } });
    expect(result.body.outputs).toEqual({
      ...{ path: join(home.home, 'customers.csv'), sum: 3, by: 'ann' },
    });
    const events = await following;
    const last = events.filter(({ event }) => event === 'state').at(-1)?.data as PipelineState;
    expect(last.steps.map(({ status }) => status)).toEqual(Array(3).fill('completed'));
    expect(events.at(-1)).toEqual({ event: 'end', data: { status: 'completed' } });
    expect(await answer(call('GET', first.path))).toMatchObject({
      ...{ status: 200, body: { status: 'completed', requestedBy: 'ann (HTTP API)' } },
    });
    expect((await approve(approval)).status).toBe(409);
  });

  test('is listed, without the graphs inside of it, and is no lifecycle', async () => {
    const { body, path } = await start({ pipeline: 'gate', inputs });
    await untilAsked(path);
    const found = await until(
      async () => {
        const page = await answer<RunPageResponse>(call('GET', `${RUNS}?limit=100&status=Running`));
        const { runs } = page.body;
        return runs.some(({ id }) => id === body.id) ? runs : null;
      },
      { everyMs: 100 },
    );
    expect(found.map(({ id }) => id)).toEqual([body.id]);
    const all = await answer<RunPageResponse>(call('GET', `${RUNS}?limit=100`));
    expect(all.body.runs.every(({ id }) => !id.endsWith('/sum'))).toBe(true);
    const asLifecycle = path.replace(RUNS, '/v1/runs');
    expect(await answer(call('GET', asLifecycle))).toMatchObject({ status: 404 });
    expect((await call('POST', `${path}/cancel`)).status).toBe(204);
  });

  test('is listed among runs of all kinds, each of which says where it lies', async () => {
    const job = { data: 'customers.csv', target: 'no such column' };
    const lifecycle = await answer<{ id: string }>(call('POST', '/v1/runs', { job }));
    const graph = await start({ pipeline: 'gate', inputs });
    const page = async (query: string) =>
      (await answer<RunPageResponse>(call('GET', `/v1/runs?limit=100${query}`))).body.runs;
    const [all, lifecycles, graphs] = await until(
      async () => {
        const pages = await Promise.all(['', '&kind=lifecycle', '&kind=graph'].map(page));
        const isListed = (id: string) => pages[0]?.some((run) => run.id === id) === true;
        return isListed(lifecycle.body.id) && isListed(graph.body.id) ? pages : null;
      },
      { everyMs: 100 },
    );
    const pathsOf = (runs: RunPageResponse['runs'] = []) => runs.map(({ href }) => href);
    expect(pathsOf(lifecycles)).toContain(`/v1/runs/${encodeURIComponent(lifecycle.body.id)}`);
    expect(pathsOf(graphs)).toContain(graph.path);
    expect(new Set(pathsOf(all))).toEqual(new Set([...pathsOf(lifecycles), ...pathsOf(graphs)]));
    for (const { href, id, kind } of all ?? []) {
      expect(await answer(call('GET', href))).toMatchObject({
        status: 200,
        body: { id, kind, href },
      });
    }
    expect((await call('POST', `${graph.path}/cancel`)).status).toBe(204);
  });

  test('is paused, resumed and cancelled', async () => {
    const { path } = await start({ pipeline: 'gate', inputs });
    await untilAsked(path);
    expect((await call('POST', `${path}/pause`)).status).toBe(204);
    expect((await stateOf(path))?.status).toBe('paused');
    expect(await answer(call('POST', `${path}/pause`))).toMatchObject({ status: 422 });
    expect((await call('POST', `${path}/resume`)).status).toBe(204);
    expect((await stateOf(path))?.status).toBe('running');
    expect((await call('POST', `${path}/cancel`)).status).toBe(204);
    expect(await answer(call('GET', `${path}/result?wait=30`))).toMatchObject({
      ...{ status: 409, body: { type: 'urn:sevenfold:problem:RunStopped' } },
    });
    expect(await answer(call('GET', path))).toMatchObject({ body: { status: 'canceled' } });
    expect(await answer(call('POST', `${path}/approve`, approval))).toMatchObject({ status: 409 });
  });

  test('has its events broken off after a while, to be asked for again', async () => {
    const brief = await serve({ longestStreamMs: 500 });
    const { path } = await start({ pipeline: 'gate', inputs });
    await untilAsked(path);
    const headers = { authorization: `Bearer ${ann.text}` };
    const events = await readEvents(await fetch(`${brief.url}${path}/events`, { headers }));
    expect(events.at(-1)).toMatchObject({ event: 'state', data: { status: 'running' } });
    await call('POST', `${path}/cancel`);
    await brief.close();
  });

  test('is one run, whatever histories it goes through', async () => {
    const last = { id: 'last', uses: 'approval', after: ['adds'], with: { question: 'Well?' } };
    const numbers = { in: [1, 2, 3, 4, 5], atOnce: 1 };
    const adds = { id: 'adds', uses: `${steps}#add`, each: numbers, with: { a: 1, b: 1 } };
    const pipeline = await completePipeline({ name: 'long', steps: [adds, last] }, '/');
    const part = {
      ...{ run: { runId: 'long', workflowId: 'long' }, prefix: '', place: 'long' },
      ...{ pipeline, hash: '', inputs: {}, carried: null, storesLists: false },
      options: { cache: null, priority: 'interactive', team: null },
      eventsPerHistory: 15,
    };
    const run = await client.temporal.workflow.start('pipeline', {
      ...{ taskQueue: 'sevenfold', workflowId: 'long', args: [{ continued: part }] },
    });
    const path = `${RUNS}/long`;
    await untilAsked(path);
    const { firstExecutionRunId: runId } = run;
    const latest = await client.temporal.workflow.getHandle('long').describe();
    expect(latest.runId).not.toBe(runId);
    expect(await answer(call('GET', path))).toMatchObject({
      body: { id: 'long', runId: latest.runId, status: 'running' },
    });
    const items = await until(
      async () => {
        const page = await answer<RunPageResponse>(call('GET', `${RUNS}?limit=100`));
        const found = page.body.runs.filter(({ id }) => id === 'long');
        return found.some(({ status }) => status === 'running') ? found : null;
      },
      { everyMs: 100 },
    );
    expect(items).toMatchObject([{ runId: latest.runId, status: 'running' }]);
    expect((await call('POST', `${path}/cancel`)).status).toBe(204);
  });

  test('is announced by a webhook, with its outputs', async () => {
    receiver.answer('/hook', () => ({ status: 204 }));
    const webhook = { url: `http://${receiver.host}/hook` };
    const { body, path } = await start({ pipeline: 'gate', inputs, webhook });
    await untilAsked(path);
    const page = await answer<RunPageResponse>(call('GET', `${RUNS}?limit=100`));
    expect(page.body.runs.map(({ id }) => id)).toContain(body.id);
    expect((await call('POST', `${path}/approve`, approval)).status).toBe(204);
    const [delivery] = await until(() => {
      const found = receiver.at('/hook');
      return found.length > 0 ? found : null;
    });
    const signer = new Webhook(webhookSecret(await webhookKey(home.home), ann.id));
    const headers = delivery?.headers as Record<string, string>;
    expect(signer.verify(delivery?.text ?? '', headers)).toMatchObject({
      type: 'run.completed',
      data: { id: body.id, result: { pipeline: 'gate', outputs: { sum: 3 } } },
    });
  });

  test('has a graph of the request’s own only where the token allows to write graphs', async () => {
    const add = { id: 'add', uses: `${steps}#add`, with: { a: 1, b: 1 } };
    const pipeline = { name: 'own', steps: [add], outputs: { sum: { $from: 'steps.add.sum' } } };
    expect(await start({ pipeline })).toMatchObject({
      ...{ status: 403, body: { expected: 'a token with the scope graphs:write' } },
    });
    const { path, status } = await start({ pipeline }, writer);
    expect(status).toBe(201);
    const result = await answer<PipelineResult>(call('GET', `${path}/result?wait=30`));
    expect(result.body.outputs).toEqual({ sum: 2 });
  });
});

test('a run that fails says which of its steps did, and why', async () => {
  const refuse = { id: 'odd', uses: `${steps}#refuse`, with: { why: 'no luck' } };
  const { path, ...started } = await start(
    { pipeline: { name: 'failing', steps: [refuse] } },
    writer,
  );
  expect(started).toMatchObject({ status: 201 });
  expect(await answer(call('GET', `${path}/result?wait=30`))).toMatchObject({
    status: 409,
    body: {
      type: 'urn:sevenfold:problem:RunFailed',
      detail: "failed: The step 'odd' has failed: no luck",
    },
  });
});

const say = (id: string, more: object = {}) => ({
  ...{ id, uses: `${steps}#say`, with: { text: 'x' } },
  ...more,
});
const after = (place: string) => ({ with: { text: { $from: `steps.${place}` } } });
const wrong = (...parts: object[]) => ({ pipeline: { name: 'wrong', steps: parts } });

test.each([
  [{ pipeline: 'gat', inputs }, 422, 'pipeline', "Did you mean 'gate'?"],
  [{ pipeline: 'gate' }, 422, 'inputs.data', 'Give it'],
  [{ pipeline: 'gate', inputs: { data: 3 } }, 422, 'inputs.data', 'this type'],
  [{ pipeline: 'gate', inputs: { data: '/etc/passwd' } }, 422, 'inputs.data', 'relative to that'],
  [{ pipeline: 'gate', inputs: { dota: 'x' } }, 422, 'inputs.dota', "Did you mean 'data'?"],
  [{ pipeline: 'gate', inputs, cache: 'maybe' }, 400, 'cache', ''],
  [{ pipeline: 'gate', input: inputs }, 400, 'input', "Did you mean 'inputs'?"],
  [{ pipeline: 7 }, 400, 'pipeline', ''],
  [wrong(say('a', after('b.text')), say('b', after('a.text'))), 422, 'steps.a', 'wires away'],
  [wrong(say('a'), say('b', { after: ['c'] })), 422, 'steps.b.after', 'Did you mean'],
  [wrong(say('a', { with: { text: 3 } })), 422, 'steps.a.with.text', 'of this type'],
  [wrong(say('a', { with: {} })), 422, 'steps.a.with.text', 'add it'],
  [wrong(say('a', { repeat: {} })), 422, 'steps.a.repeat.atMost', 'atMost: 10'],
  [wrong(say('a'), say('b', { each: { in: 'x' } })), 422, 'steps.b.each.in', ''],
  [wrong(say('a'), say('a')), 422, 'steps.a.id', ''],
])(
  'what is not right is refused with its path and a remedy: %j',
  async (body, status, field, remedy) => {
    const found = await answer<{ remedy: string }>(call('POST', RUNS, body, writer));
    expect(found).toMatchObject({ status, body: { status, field } });
    expect(found.body.remedy).toContain(remedy);
  },
);

test('what was refused never came to a worker', async () => {
  const { body } = await start({ pipeline: { name: 'sound', steps: [say('a')] } }, writer);
  const found = await until(
    async () => {
      const page = await answer<RunPageResponse>(call('GET', `${RUNS}?limit=100`));
      const ids = page.body.runs.map(({ id }) => id);
      return ids.includes(body.id) ? ids : null;
    },
    { everyMs: 100 },
  );
  expect(found.filter((id) => id.startsWith('pipeline/wrong/'))).toEqual([]);
});
