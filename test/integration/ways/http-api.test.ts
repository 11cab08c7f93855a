import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../../src/api/start-api-server.ts';
import { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { readConfig } from '../../../src/config.ts';
import { connectionSettings } from '../../../src/connection.ts';
import type { Announcement } from '../../../src/schemas/announcement.ts';
import type { TokenScope } from '../../../src/schemas/api-token.ts';
import type { LifecycleResult } from '../../../src/schemas/run.ts';
import type { RunDetails, RunPageResponse } from '../../../src/schemas/run-api.ts';
import type { RunState } from '../../../src/schemas/run-state.ts';
import { type OpenStores, openStores } from '../../../src/stores/index.ts';
import { TokenStore } from '../../../src/stores/token-store.ts';
import { webhookKey, webhookSecret } from '../../../src/stores/webhook-key.ts';
import { CommandHome } from '../../support/command.ts';
import { freePort, HttpReceiver } from '../../support/http-receiver.ts';
import { quickJob } from '../../support/quick-job.ts';
import { readEvents } from '../../support/read-events.ts';
import { Relay } from '../../support/relay.ts';
import { slowJob } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let home: CommandHome;
let stores: OpenStores;
let client: LifecycleClient;
let receiver: WebhookReceiver;
let latePort: number;
let token: { id: string; text: string };
const servers: ApiServer[] = [];
let url: string;

beforeAll(async () => {
  home = await CommandHome.create();
  receiver = await WebhookReceiver.listen();
  latePort = await freePort();
  home.environment['SEVENFOLD_WEBHOOK_HOSTS'] = `${receiver.host},127.0.0.1:${latePort}`;
  expect((await home.runHere('dev', '--detach')).code).toBe(0);
  await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(300));
  stores = openStores(home);
  client = await LifecycleClient.connect(readConfig(home.environment));
  token = await newToken('runs:read', 'runs:write');
  url = await serve(10_000);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await receiver.close();
  await client.close();
  await stores.close();
  await home.remove();
});

async function serve(requestsPerMinute: number, own = client): Promise<string> {
  const server = await startApiServer({
    ...{
      client: own,
      documents: stores.documents,
      home: home.home,
      dataRoot: home.home,
      pipelines: join(home.home, 'pipelines'),
      requestsPerMinute,
    },
    ...{ webhookHosts: [receiver.host, `127.0.0.1:${latePort}`], host: '127.0.0.1', port: 0 },
  });
  servers.push(server);
  return server.url;
}

async function newToken(...scopes: TokenScope[]) {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const created = await new TokenStore(stores.documents).create({
    name: 'test',
    scopes,
    expiresAt,
  });
  return { id: created.token.id, text: created.text };
}

const quick = quickJob('customers.csv');

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token.text}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the server is to answer
async function answer<T>(response: Promise<Response>): Promise<{ status: number; body: T }> {
  const found = await response;
  return { status: found.status, body: (await found.json()) as T };
}

const start = async (body: unknown, headers?: Record<string, string>) => {
  const started = await answer<{ id: string; runId: string }>(
    call('POST', '/v1/runs', body, headers),
  );
  return { ...started, path: `/v1/runs/${encodeURIComponent(started.body.id)}` };
};

describe('a run over HTTP', () => {
  test('is started once by a key, followed by its events, and its result is read', async () => {
    const key = { 'idempotency-key': 'order-7' };
    const first = await start({ job: quick }, key);
    expect(first.status).toBe(201);
    const again = await start({ job: quick }, key);
    expect(again).toMatchObject({ status: 200, body: first.body });
    const other = await start({ job: { ...quick, seed: 1 } }, key);
    expect(other).toMatchObject({ status: 422, body: { type: /IdempotencyKeyReused/ } });

    const events = await readEvents(await call('GET', `${first.path}/events`));
    const states = events.filter(({ event }) => event === 'state');
    expect(states.length).toBeGreaterThan(2);
    const last = states.at(-1)?.data as RunState;
    expect(last.status).toBe('completed');
    expect(last.steps.map(({ status }) => status)).toEqual(Array(7).fill('completed'));
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'completed' } });

    const result = await answer<LifecycleResult>(call('GET', `${first.path}/result?wait=30`));
    expect(result).toMatchObject({
      status: 200,
      body: { runId: first.body.runId, model: 'customers-left', version: 1 },
    });
    const details = await answer<RunDetails>(call('GET', first.path));
    expect(details.body).toMatchObject({ status: 'completed', requestedBy: 'test (HTTP API)' });
  });

  test('is listed, a page at a time', async () => {
    await start({ job: quick });
    const pages = await until(
      async () => {
        const first = await answer<RunPageResponse>(call('GET', '/v1/runs?limit=1'));
        if (first.body.next === null) return null;
        const path = `/v1/runs?limit=1&cursor=${first.body.next}`;
        const second = await answer<RunPageResponse>(call('GET', path));
        return [...first.body.runs, ...second.body.runs];
      },
      { everyMs: 200 },
    );
    expect(new Set(pages.map(({ id }) => id)).size).toBe(2);
    const { body } = await answer<RunPageResponse>(call('GET', '/v1/runs?limit=1'));
    // Temporal itself would need half a minute to say so.
    for (const cursor of ['nonsense', 'ec', `${body.next ?? ''}&status=Failed`]) {
      const beganAtMs = Date.now();
      expect(await answer(call('GET', `/v1/runs?cursor=${cursor}`))).toMatchObject({
        ...{ status: 422, body: { field: 'cursor' } },
      });
      expect(Date.now() - beganAtMs).toBeLessThan(5_000);
    }
  });

  test('is paused, resumed, extended and cancelled', async () => {
    const started = await start({ job: slowJob('customers.csv', 50_000) });
    const { path } = started;
    const stateOf = async () => (await answer<RunDetails>(call('GET', path))).body.state;
    await until(async () => Object.values((await stateOf())?.training ?? {})[0], { everyMs: 200 });
    expect((await call('POST', `${path}/pause`)).status).toBe(204);
    expect((await stateOf())?.status).toBe('paused');
    expect(await answer(call('POST', `${path}/pause`))).toMatchObject({
      status: 422,
      body: { remedy: expect.any(String) },
    });
    expect((await call('POST', `${path}/resume`)).status).toBe(204);
    expect((await stateOf())?.status).toBe('running');
    expect((await call('POST', `${path}/extend`, { epochs: 60_000 })).status).toBe(204);
    expect(await answer(call('POST', `${path}/extend`, {}))).toMatchObject({ status: 400 });
    expect(await answer(call('GET', `${path}/result`))).toMatchObject({
      ...{ status: 409, body: { type: 'urn:sevenfold:problem:RunNotFinished' } },
    });
    expect(await answer(call('POST', `${path}/rerun`, { from: 'train' }))).toMatchObject({
      ...{ status: 409, body: { type: 'urn:sevenfold:problem:RunUnderWay' } },
    });
    expect((await call('POST', `${path}/cancel`)).status).toBe(204);
    expect(await answer(call('GET', `${path}/result?wait=30`))).toMatchObject({
      ...{ status: 409, body: { type: 'urn:sevenfold:problem:RunStopped' } },
    });
    expect(await answer(call('GET', path))).toMatchObject({
      ...{ status: 200, body: { status: 'canceled' } },
    });
    expect((await readEvents(await call('GET', `${path}/events`))).at(-1)).toEqual({
      ...{ event: 'end', data: { status: 'canceled' } },
    });
    expect(await answer(call('POST', `${path}/pause`))).toMatchObject({ status: 409 });
  });

  test('that has ended is done again from a step on', async () => {
    const started = await start({ job: quick });
    await call('GET', `${started.path}/result?wait=60`);
    const again = await answer<{ id: string }>(
      call('POST', `${started.path}/rerun`, { from: 'deploy' }),
    );
    expect(again.status).toBe(201);
    const path = `/v1/runs/${encodeURIComponent(again.body.id)}/result?wait=60`;
    expect(await answer(call('GET', path))).toMatchObject({ status: 200 });
  });
});

describe('a request', () => {
  test('without a valid token, or beyond its scopes, is refused', async () => {
    const reader = await newToken('runs:read');
    const revoked = await newToken('runs:read');
    await new TokenStore(stores.documents).revoke(revoked.id);
    const statusOf = async (text: string, method = 'GET') => {
      const body = method === 'POST' ? { job: quick } : undefined;
      const response = await call(method, '/v1/runs', body, { authorization: text });
      expect(response.headers.get('content-type')).toMatch(
        response.ok ? 'application/json' : 'application/problem+json',
      );
      return response.status;
    };
    expect(await statusOf('')).toBe(401);
    expect(await statusOf(`Bearer ${token.text}x`)).toBe(401);
    expect(await statusOf(`Bearer sf_${token.id}_${'A'.repeat(43)}`)).toBe(401);
    expect(await statusOf(`Bearer ${revoked.text}`)).toBe(401);
    expect(await statusOf(`Bearer ${reader.text}`)).toBe(200);
    expect(await statusOf(`Bearer ${reader.text}`, 'POST')).toBe(403);
  });

  test.each([
    ['{"job": {', 400, 'body', ''],
    ['{"job": {"__proto__": {}}}', 422, 'body', 'Rename them'],
    [{ job: { ...quick, metrc: 'f1' } }, 400, 'job.metrc', "Did you mean 'metric'?"],
    [{ job: { data: 'customers.csv' } }, 400, 'job.target', "Add 'job.target'"],
    [{ job: { ...quick, data: '../secret.csv' } }, 422, 'job.data', 'relative to that folder'],
    [{ job: { ...quick, data: '/etc/passwd' } }, 422, 'job.data', 'relative to that folder'],
    [{ job: { ...quick, task: 'regression', metric: 'f1' } }, 422, 'metric', ''],
    [{ job: quick, webhook: { url: 'http://10.0.0.1/' } }, 422, 'webhook.url', 'WEBHOOK_HOSTS'],
  ])('that is not right names its field: %j', async (body, status, field, remedy) => {
    const found = await answer<{ remedy: string }>(call('POST', '/v1/runs', body));
    expect(found).toMatchObject({ status, body: { status, field } });
    expect(found.body.remedy).toContain(remedy);
  });

  test('for what is not there is answered with 404', async () => {
    for (const path of ['/v1/runs/none', '/v1/runs/none/events', '/v1/nothing']) {
      expect(await answer(call('GET', path))).toMatchObject({ status: 404, body: { status: 404 } });
    }
  });

  test('is answered with 503 while Temporal is away', async () => {
    const settings = await connectionSettings(readConfig(home.environment));
    const relay = await Relay.before(settings.address);
    const connection = await Connection.connect({ address: relay.address });
    const cutOff = await serve(10_000, new LifecycleClient(new Client({ connection }), settings));
    relay.cut();
    const headers = { authorization: `Bearer ${token.text}` };
    const ask = (path: string) => answer(fetch(`${cutOff}${path}`, { headers }));
    // Each waits for as long as Temporal's client does.
    for (const found of await Promise.all([ask('/v1/runs/some'), ask('/v1/runs')])) {
      expect(found).toMatchObject({
        ...{ status: 503, body: { type: 'urn:sevenfold:problem:NoTemporalServer' } },
      });
    }
    await connection.close();
    await relay.close();
  }, 240_000);

  test('too many of a token are put off, and others are not', async () => {
    const limited = await serve(3);
    const other = await newToken('runs:read');
    const ask = (text: string) =>
      fetch(`${limited}/v1/runs?limit=1`, { headers: { authorization: `Bearer ${text}` } });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(token.text)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask(token.text)).headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await ask(other.text)).status).toBe(200);
  });
});

describe('a webhook', () => {
  test('tells of a completed run, signed, and again until it is taken', async () => {
    receiver.refusals = 2;
    const started = await start({ job: quick, webhook: { url: receiver.url } });
    expect(started.status).toBe(201);
    const deliveries = await until(() => receiver.of(started.body.id, 3), { everyMs: 100 });
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const secret = webhookSecret(await webhookKey(home.home), token.id);
    for (const { headers, text } of deliveries) {
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toMatchObject({
        type: 'run.completed',
        data: { id: started.body.id, result: { model: 'customers-left' } },
      });
    }
    const stranger = new Webhook(webhookSecret(Buffer.from('other'), token.id));
    const [first] = deliveries;
    expect(() =>
      stranger.verify(first?.text ?? '', first?.headers as Record<string, string>),
    ).toThrow('No matching signature found');
  });

  test('is delivered when nobody was there at first', async () => {
    const job = { ...quick, target: 'lefd' };
    const started = await start({ job, webhook: { url: `http://127.0.0.1:${latePort}/late` } });
    const announcing = client.temporal.workflow.getHandle(`webhook/${started.body.id}`);
    await until(
      async () => {
        const { pendingActivities, workflowExecutionInfo } = (await announcing.describe()).raw;
        expect(workflowExecutionInfo?.closeTime).toBeNull();
        return pendingActivities?.find(({ attempt }) => Number(attempt) > 1);
      },
      { everyMs: 100 },
    );
    const late = await HttpReceiver.listen(latePort);
    late.answer('/late', () => ({ status: 204 }));
    await announcing.result();
    expect(late.at('/late')).toHaveLength(1);
    await late.close();
  });

  test('tells of a failed run, with the field that is wrong', async () => {
    const job = { ...quick, target: 'lefd' };
    const started = await start({ job, webhook: { url: receiver.url } });
    const [delivery] = await until(() => receiver.of(started.body.id, 1), { everyMs: 100 });
    expect(JSON.parse(delivery?.text ?? '')).toMatchObject({
      type: 'run.failed',
      data: { failure: { code: 'ColumnNotFound', problem: { remedy: "Did you mean 'left'?" } } },
    });
  });
});

test('the server describes itself', async () => {
  const { body } = await answer<{ openapi: string; paths: object }>(call('GET', '/openapi.json'));
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toContain('/v1/runs/{id}/events');
});

test('who asks for a path in another way is told which ways there are', async () => {
  const asked = [
    ['DELETE', '/v1/runs', 'GET, HEAD, POST'],
    ['PUT', '/v1/runs/some%2Frun/cancel', 'POST'],
    ['OPTIONS', '/v1/runs/some?limit=1', 'GET, HEAD'],
    ['QUERY', '/v1/runs/some', 'GET, HEAD'],
  ] as const;
  for (const [method, path, allowed] of asked) {
    const response = await call(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ field: 'method', value: method });
  }
  expect((await call('DELETE', '/v1/nothing')).status).toBe(404);
});

test('a method that nobody knows, and nonsense, are answered by HTTP, too', async () => {
  const { hostname, port } = new URL(url);
  const said = async (text: string) => {
    const socket = connect(Number(port), hostname);
    socket.end(text);
    return readText(socket);
  };
  expect(await said('BREW /v1/runs HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
    /^HTTP\/1.1 405 [^]*\r\nAllow: GET, HEAD, POST\r\n/,
  );
  expect(await said('GET what? HTTP/7\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
});

interface Delivery {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Takes webhooks, after it has refused some. */
class WebhookReceiver {
  refusals = 0;
  readonly #server: Server;
  readonly #deliveries: Delivery[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        receiver.#deliveries.push({ headers: request.headers, text });
        response.writeHead(receiver.refusals-- > 0 ? 503 : 204).end();
      });
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/hook`;
  }

  /** Deliveries that tell of a run, if there are so many. */
  of(id: string, count: number): Delivery[] | null {
    const found = this.#deliveries.filter(
      ({ text }) => (JSON.parse(text) as Announcement).data.id === id,
    );
    return found.length >= count ? found : null;
  }

  close(): Promise<void> {
    return new Promise((done) => void this.#server.close(() => done()));
  }
}
