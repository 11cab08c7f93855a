import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../../src/api/start-api-server.ts';
import { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { readConfig } from '../../../src/config.ts';
import type { PipelineResult, PipelineState } from '../../../src/schemas/pipeline-run.ts';
import { type OpenStores, openStores } from '../../../src/stores/index.ts';
import { CommandHome } from '../../support/command.ts';
import { freePort, HttpReceiver, type Received } from '../../support/http-receiver.ts';
import { killWorker } from '../../support/kill-worker.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { until } from '../../support/until.ts';

const SECRET = 'hush-hush';
let receiver: HttpReceiver;
let latePort: number;
let apiPort: number;
let runs: LocalRuns;
let stores: OpenStores;
let client: LifecycleClient;
let api: ApiServer;
let count = 0;

beforeAll(async () => {
  receiver = await HttpReceiver.listen();
  [latePort, apiPort] = [await freePort(), await freePort()];
  const home = await CommandHome.create();
  home.environment['SEVENFOLD_CALL_HOSTS'] =
    `${receiver.host}, 127.0.0.1:${latePort}, 127.0.0.1:8601`;
  home.environment['SEVENFOLD_API_URL'] = `http://127.0.0.1:${apiPort}/`;
  home.environment['LABELLER_KEY'] = SECRET;
  runs = await LocalRuns.create(home);
  stores = openStores(readConfig(home.environment));
  client = await LifecycleClient.connect(readConfig(home.environment));
  api = await serve();
}, 400_000);
afterAll(async () => {
  await api.close();
  await client.close();
  await stores.close();
  await receiver.close();
  await runs.remove();
}, 60_000);

const serve = () =>
  startApiServer({
    ...{ client, documents: stores.documents, home: runs.home.home, dataRoot: runs.home.home },
    ...{
      webhookHosts: [],
      pipelines: runs.home.home,
      requestsPerMinute: 1_000_000,
      host: '127.0.0.1',
      port: apiPort,
    },
  });

const step = (path: string, http: object = {}, more: object = {}) => ({
  ...{ id: 'call', uses: 'http', with: { rows: [1, 2] }, output: { labels: 'string[]' } },
  http: { url: `http://${receiver.host}${path}`, ...http },
  ...more,
});
const later = (path: string, http: object = {}, more: object = {}) =>
  step(path, { complete: 'callback', ...http }, more);
const graph = (steps: object[], more: object = {}) => ({ name: 'calls', steps, ...more });
const start = (pipeline: object, more: object = {}) =>
  runs.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId: `calls-${++count}`, args: [{ pipeline, ...more }] },
  });
const resultOf = async (pipeline: object, more: object = {}) =>
  (await (await start(pipeline, more)).result()) as PipelineResult;
const labels = { labels: { $from: 'steps.call.labels' } };

/** Delivers a callback as the system that was asked does, with nothing but the request's headers. */
function deliver({ headers }: Received, body: unknown, token?: string, below = '') {
  return fetch(`${String(headers['sevenfold-callback-url'])}${below}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token ?? String(headers['sevenfold-callback-token'])}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
}
const statusOf = async (...delivery: Parameters<typeof deliver>) =>
  (await deliver(...delivery)).status;
/** The first request of a path. */
const asked = (path: string) => until(() => receiver.at(path)[0], { everyMs: 20 });
const accept = (path: string) => receiver.answer(path, () => ({ status: 202 }));

describe('a step that is completed by the response', () => {
  test('sends its inputs, signed, with secrets by reference, and gives what comes back', async () => {
    receiver.answer('/label/two%20words', ({ text }) => ({
      status: 200,
      body: { labels: (JSON.parse(text) as { rows: number[] }).rows.map(String) },
    }));
    const call = step(
      '/label/{kind}',
      {
        headers: { 'x-key': 'Key ${KEY}' },
        secrets: { KEY: 'env:LABELLER_KEY' },
      },
      { with: { rows: [1, 2], kind: 'two words' } },
    );
    const run = await start(graph([call], { outputs: labels }));
    expect(await run.result()).toMatchObject({ outputs: { labels: ['1', '2'] } });
    const [request] = receiver.at('/label/two%20words');
    expect(request).toMatchObject({ method: 'POST', headers: { 'x-key': `Key ${SECRET}` } });
    expect(JSON.parse(request?.text ?? '')).toEqual({ rows: [1, 2] });
    const { json } = await runs.home.run('token', 'secret', receiver.host, '--json');
    const signer = new Webhook(String(json['callSecret']));
    const headers = request?.headers as Record<string, string>;
    expect(signer.verify(request?.text ?? '', headers)).toEqual({ rows: [1, 2] });
    // Whoever may see the run can read its history.
    const payloads = [...historyToJSON(await run.fetchHistory()).matchAll(/"data": *"([^"]*)"/g)];
    const texts = payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString());
    expect(texts.join()).toContain('LABELLER_KEY');
    expect(texts.join()).not.toContain(SECRET);
  });

  test('a GET has its inputs in the query', async () => {
    receiver.answer('/status', ({ url }) => ({ status: 200, body: { labels: [url] } }));
    const call = step('/status', { method: 'GET' }, { with: { id: 'a&b', full: true } });
    const { outputs } = await resultOf(graph([call], { outputs: labels }));
    expect(outputs['labels']).toEqual(['/status?id=a%26b&full=true']);
  });

  test('is asked again under the same key while the other system is unwell', async () => {
    receiver.answer('/unwell', (_, times) =>
      times === 1
        ? { status: 500 }
        : times === 2
          ? { status: 429, headers: { 'retry-after': '1' } }
          : { status: 200, body: { labels: [] } },
    );
    const { outputs } = await resultOf(graph([step('/unwell')], { outputs: labels }));
    expect(outputs['labels']).toEqual([]);
    const keys = receiver.at('/unwell').map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await resultOf(graph([step('/unwell')]));
    expect(receiver.at('/unwell')[3]?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  test('is asked again when nobody was there', async () => {
    const run = await start(
      graph([step('', { url: `http://127.0.0.1:${latePort}/late` })], { outputs: labels }),
    );
    await until(
      async () => {
        const { pendingActivities } = (await run.describe()).raw;
        return pendingActivities?.find(({ attempt }) => Number(attempt) > 1);
      },
      { everyMs: 100 },
    );
    const late = await HttpReceiver.listen(latePort);
    late.answer('/late', () => ({ status: 200, body: { labels: ['late'] } }));
    expect(await run.result()).toMatchObject({ outputs: { labels: ['late'] } });
    await late.close();
  });

  test.each([
    [{ status: 403, body: { error: 'no credit' } }, /POST http.*\/refuses answered 403.*no credit/],
    [{ status: 307, headers: { location: 'http://10.0.0.1/' } }, /answered 307/],
    [{ status: 200, body: ['a', 'list'] }, /expected a JSON object of at most 1 MiB/],
    [{ status: 200, body: { labels: [1] } }, /output\.labels: got \[1\]; expected string\[\]/],
  ])('fails at once where the answer can not be right: %j', async (answer, message) => {
    receiver.answer('/refuses', () => answer);
    const before = receiver.at('/refuses').length;
    const failure = await runs.failure(await start(graph([step('/refuses')])));
    expect(failure.message).toMatch(message);
    expect(receiver.at('/refuses')).toHaveLength(before + 1);
  });

  test('that takes too long has failed, as often as it may', async () => {
    receiver.answer('/slow', (_, times) =>
      times === 1 ? new Promise(() => undefined) : { status: 200, body: { labels: ['2'] } },
    );
    const retry = { attempts: 2, initialSeconds: 0.1 };
    const slow = step('/slow', {}, { timeoutSeconds: 0.5, retry });
    expect(await resultOf(graph([slow], { outputs: labels }))).toMatchObject({
      outputs: { labels: ['2'] },
    });
    receiver.answer('/slow', () => new Promise(() => undefined));
    const failure = await runs.failure(await start(graph([{ ...slow, retry: {} }])));
    expect(failure.message).toContain('was not answered within 0.5 s');
  });

  test('is cached where the step itself asks for it, and not because its graph does', async () => {
    receiver.answer('/cached', () => ({ status: 200, body: { labels: [] } }));
    const asking = () => receiver.at('/cached').length;
    await resultOf(graph([step('/cached')]), { cache: 'use' });
    await resultOf(graph([step('/cached')]), { cache: 'use' });
    expect(asking()).toBe(2);
    const kept = graph([step('/cached', {}, { cache: 'use' })]);
    await resultOf(kept);
    const second = await resultOf(kept);
    expect(second.steps[0]?.cache).toMatch(/^hit/);
    expect(asking()).toBe(3);
  });
});

test('a host that nobody has allowed is refused before any step, also in a graph inside', async () => {
  const inner = { name: 'inner', steps: [{ ...step(''), http: { url: 'http://10.0.0.1/x' } }] };
  const steps = [step('/never'), { id: 'sub', uses: 'pipeline', pipeline: inner }];
  const failure = await runs.failure(await start(graph(steps)));
  expect(failure).toMatchObject({ type: 'CallHostNotAllowed' });
  expect(failure.message).toContain(
    "steps.sub.pipeline.steps.call.http.url: got 'http://10.0.0.1/x'",
  );
  expect(failure.message).toContain('SEVENFOLD_CALL_HOSTS');
  expect(receiver.at('/never')).toEqual([]);
});

/** A run whose histories are short. */
const startPart = (workflowId: string, call: object) => {
  const part = {
    ...{ run: { runId: 'many', workflowId: 'many' }, prefix: 'many/', place: 'many' },
    ...{ hash: '', inputs: {}, carried: null, storesLists: false, eventsPerHistory: 15 },
    pipeline: pipelineOf([call], { outputs: labels }),
    options: { cache: null, priority: 'interactive', team: null },
  };
  return runs.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId, args: [{ continued: part }] },
  });
};
const nextHistory = ({ workflowId, firstExecutionRunId }: Awaited<ReturnType<typeof startPart>>) =>
  until(
    async () =>
      (await runs.client.workflow.getHandle(workflowId).describe()).runId !== firstExecutionRunId,
    { everyMs: 50 },
  );

describe('a step that is completed by a callback', () => {
  test('goes on when it comes, although worker and API were killed while it waited', async () => {
    accept('/jobs');
    const run = await start(graph([later('/jobs')], { outputs: labels }));
    const request = await asked('/jobs');
    const stateOf = () => run.query<PipelineState>('pipelineState').catch(() => null);
    await until(async () => (await stateOf())?.steps[0]?.note.includes('waits for the callback'), {
      everyMs: 50,
    });
    await killWorker(runs.home, 'worker-main');
    await api.close();
    api = await serve();

    expect(await statusOf(request, { labels: ['a'] }, 'wrong')).toBe(401);
    const wrong = await deliver(request, { labels: 'a' });
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ field: 'output.labels', expected: 'string[]' });
    expect(await statusOf(request, ['a'])).toBe(400);
    expect((await stateOf())?.steps[0]?.status).toBe('running');
    expect(await statusOf(request, { labels: ['a'] })).toBe(204);
    expect(await run.result()).toMatchObject({ outputs: { labels: ['a'] } });
    // The other system may not have got the answer.
    expect(await statusOf(request, { labels: ['a'] })).toBe(204);
    expect(await statusOf(request, { labels: ['b'] })).toBe(404);
    expect(receiver.at('/jobs')).toHaveLength(1);
  });

  test('has a token for each item, which no other item takes', async () => {
    accept('/items');
    const items = later(
      '/items',
      {},
      { each: { in: ['x', 'y'] }, with: { name: { $from: 'item' } } },
    );
    const run = await start(graph([items], { outputs: labels }));
    const requests = await until(() =>
      receiver.at('/items').length === 2 ? receiver.at('/items') : null,
    );
    const byName = (name: string) =>
      requests.find(({ text }) => text.includes(`"${name}"`)) as Received;
    const [x, y] = [byName('x'), byName('y')];
    const token = String(x.headers['sevenfold-callback-token']);
    expect(await statusOf(y, { labels: ['x'] }, token)).toBe(401);
    expect(await statusOf(y, { labels: ['y'] })).toBe(204);
    expect(await statusOf(y, { labels: ['y'] })).toBe(204);
    const other = await deliver(y, { labels: ['z'] });
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ remedy: expect.stringContaining('first answer') });
    expect(await statusOf(x, { labels: ['x'] })).toBe(204);
    expect(await run.result()).toMatchObject({ outputs: { labels: [['x'], ['y']] } });
  });

  test('may come before the request itself is answered', async () => {
    receiver.answer('/eager', async (received) => ({
      status: (await statusOf(received, { labels: ['eager'] })) === 204 ? 202 : 400,
    }));
    expect(await resultOf(graph([later('/eager')], { outputs: labels }))).toMatchObject({
      outputs: { labels: ['eager'] },
    });
  });

  test('fails when its deadline has passed, and the run goes on where it may', async () => {
    accept('/silent');
    const silent = later('/silent', { deadlineSeconds: 1 }, { onFailure: 'continue' });
    const outputs = { labels: { $from: 'steps.call.labels', default: [] } };
    const run = await start(graph([silent], { outputs }));
    const result = (await run.result()) as PipelineResult;
    expect(result.outputs).toEqual({ labels: [] });
    expect(result.steps[0]).toMatchObject({
      status: 'failed',
      note: expect.stringMatching(/^POST http.*\/silent: no callback came within 1 s\.$/),
    });
  });

  test('fails at once when the other system says so, and says why', async () => {
    accept('/gives-up');
    const run = await start(graph([later('/gives-up')]));
    const request = await asked('/gives-up');
    const fail = (body: unknown, token?: string) => deliver(request, body, token, '/failure');
    expect((await fail({ message: 'no labeller is there' }, 'wrong')).status).toBe(401);
    expect((await fail({ reason: 'no labeller is there' })).status).toBe(400);
    expect((await fail({ message: 'no labeller is there' })).status).toBe(204);
    const failure = await runs.failure(run);
    expect(failure).toMatchObject({ type: 'StepFailed' });
    expect(failure.message).toMatch(/POST http.*\/gives-up has failed: no labeller is there$/);
    // The other system may not have got the answer.
    expect((await fail({ message: 'no labeller is there' })).status).toBe(204);
    expect(await statusOf(request, { labels: [] })).toBe(404);
    expect(receiver.at('/gives-up')).toHaveLength(1);

    accept('/gives-up-others-go-on');
    const outputs = { labels: { $from: 'steps.call.labels', default: [] } };
    const gate = { id: 'gate', uses: 'approval', after: ['call'], with: { question: 'Well?' } };
    const lenient = later('/gives-up-others-go-on', {}, { onFailure: 'continue' });
    const goingOn = await start(graph([lenient, gate], { outputs }));
    const other = await asked('/gives-up-others-go-on');
    const failOther = (message: string) => deliver(other, { message }, undefined, '/failure');
    expect((await failOther('no credit')).status).toBe(204);
    expect((await failOther('no credit')).status).toBe(204);
    expect((await failOther('no time')).status).toBe(409);
    expect(await statusOf(other, { labels: ['late'] })).toBe(409);
    await goingOn.executeUpdate('approve', {
      args: [{ step: 'gate', decision: 'approve', by: 'Ada', why: 'well' }],
    });
    expect(await goingOn.result()).toMatchObject({ outputs: { labels: [] } });
  });

  describe('that the other system has failed, although another attempt may do,', () => {
    const retry = { attempts: 3, initialSeconds: 0.2 };
    const fail = (request: Received, message: string, token?: string) =>
      deliver(request, { message, retryable: true }, token, '/failure');
    /** The requests of a path, when there are so many. */
    const requestsOf = (path: string, many: number) =>
      until(() => (receiver.at(path).length >= many ? receiver.at(path) : null), { everyMs: 20 });

    test('is asked for anew, with a token that the earlier attempt does not have', async () => {
      accept('/again');
      const run = await start(graph([later('/again', {}, { retry })], { outputs: labels }));
      const first = await asked('/again');
      expect(
        (await deliver(first, { message: 'x', retryable: 'yes' }, '', '/failure')).status,
      ).toBe(401);
      expect((await fail(first, 'the labeller is ill')).status).toBe(204);
      const [, second] = (await requestsOf('/again', 2)) as [Received, Received];
      for (const name of ['idempotency-key', 'webhook-id', 'sevenfold-callback-url']) {
        expect(second.headers[name], name).not.toBe(first.headers[name]);
      }
      const late = await deliver(first, { labels: ['late'] });
      expect(late.status).toBe(409);
      expect(await late.json()).toMatchObject({
        ...{ type: 'urn:sevenfold:problem:AttemptOver', field: 'attempt', value: 1 },
        remedy: 'This one was said to have failed, and the step has been asked for anew since.',
      });
      const token = String(first.headers['sevenfold-callback-token']);
      expect(await statusOf(second, { labels: ['late'] }, token)).toBe(401);
      // The other system may not have got the answer.
      expect((await fail(first, 'the labeller is ill')).status).toBe(204);
      expect((await fail(first, 'the labeller is away')).status).toBe(409);
      expect(await statusOf(second, { labels: ['second'] })).toBe(204);
      expect(await run.result()).toMatchObject({ outputs: { labels: ['second'] } });
      expect(receiver.at('/again')).toHaveLength(2);
    });

    test('has failed after as many attempts as it has, requests that took too long among them', async () => {
      receiver.answer('/gives-out', (_, times) =>
        times === 1 ? new Promise(() => undefined) : { status: 202 },
      );
      const run = await start(
        graph([later('/gives-out', {}, { retry, timeoutSeconds: 0.5 })], { outputs: labels }),
      );
      const requests = await requestsOf('/gives-out', 2);
      expect((await fail(requests[1] as Received, 'ill')).status).toBe(204);
      const last = (await requestsOf('/gives-out', 3))[2] as Received;
      expect((await fail(last, 'still ill')).status).toBe(204);
      const failure = await runs.failure(run);
      expect(failure.message).toMatch(/\/gives-out has failed: still ill \(attempt 3 of 3\)$/);
      expect(receiver.at('/gives-out')).toHaveLength(3);
    });

    test('fails at once where the failure is final, or the deadline comes first', async () => {
      accept('/final');
      const final = await start(graph([later('/final', {}, { retry })]));
      await deliver(await asked('/final'), { message: 'no such rows' }, undefined, '/failure');
      expect((await runs.failure(final)).message).toMatch(/has failed: no such rows$/);
      accept('/deadline');
      const more = { retry: { attempts: 3, initialSeconds: 60 } };
      const run = await start(graph([later('/deadline', { deadlineSeconds: 30 }, more)]));
      await fail(await asked('/deadline'), 'ill');
      expect((await runs.failure(run)).message).toMatch(
        /has failed: ill \(attempt 1 of 3; the deadline comes before the next one\)$/,
      );
      expect([receiver.at('/final'), receiver.at('/deadline')].map(({ length }) => length)).toEqual(
        [...[1, 1]],
      );
    });

    test('is asked for anew in the next history of its run', async () => {
      accept('/next-history');
      const items = later(
        '/next-history',
        {},
        {
          ...{ each: { in: ['a', 'b'] }, with: { name: { $from: 'item' } } },
          retry: { attempts: 2, initialSeconds: 2 },
        },
      );
      const run = await startPart('next-history', items);
      const [first] = (await requestsOf('/next-history', 2)) as [Received];
      expect((await fail(first, 'ill')).status).toBe(204);
      await nextHistory(run);
      expect((await fail(first, 'ill')).status).toBe(204);
      expect((await fail(first, 'away')).status).toBe(409);
      const [, second, again] = await requestsOf('/next-history', 3);
      expect(again?.text).toBe(first.text);
      expect(await statusOf(again as Received, { labels: ['again'] })).toBe(204);
      expect(await statusOf(second as Received, { labels: ['second'] })).toBe(204);
      const { end } = (await run.result()) as { end: { outputs: { labels: string[][] } } };
      expect(end.outputs.labels.flat().sort()).toEqual(['again', 'second']);
    });
  });

  test('waits at no cost, takes its answer while paused, and is cancelled with its run', async () => {
    accept('/waits');
    const budget = { money: 1, prices: { cpuHour: 3600 } };
    const run = await start(graph([later('/waits')], { outputs: labels, budget }));
    const request = await asked('/waits');
    await run.executeUpdate('pause');
    const askedAtMs = Date.now();
    expect(await statusOf(request, { labels: 3 })).toBe(422);
    await run.executeUpdate('resume');
    // A second of work would have cost all that there is.
    await until(() => Date.now() - askedAtMs > 1_500);
    await run.executeUpdate('pause');
    expect(await statusOf(request, { labels: [] })).toBe(204);
    expect(await run.result()).toMatchObject({ status: 'completed', usage: { money: 0 } });

    accept('/cancelled');
    const cancelled = await start(graph([later('/cancelled')]));
    const inVain = await asked('/cancelled');
    await cancelled.cancel();
    await expect(cancelled.result()).rejects.toThrow('Workflow execution cancelled');
    expect(await statusOf(inVain, { labels: [] })).toBe(404);
  });

  test('goes on waiting in the next history of its run, and asks nobody again', async () => {
    accept('/histories');
    const items = later(
      '/histories',
      {},
      { each: { in: ['a', 'b', 'c'] }, with: { name: { $from: 'item' } } },
    );
    const run = await startPart('histories', items);
    const requests = await until(() => {
      const found = receiver.at('/histories');
      return found.length === 3 ? found : null;
    });
    const [first, ...others] = requests as [Received, ...Received[]];
    expect(await statusOf(first, { labels: ['first'] })).toBe(204);
    await nextHistory(run);
    expect(await statusOf(first, { labels: ['first'] })).toBe(204);
    expect(await statusOf(first, { labels: ['changed'] })).toBe(409);
    for (const other of others) expect(await statusOf(other, { labels: [] })).toBe(204);
    const { end } = (await run.result()) as { end: { outputs: { labels: string[][] } } };
    expect(end.outputs.labels.flat()).toEqual(['first']);
    expect(receiver.at('/histories')).toHaveLength(3);
  });
});

test('14. a step that another system completes later', async () => {
  const examples = resolve(import.meta.dirname, '../../../examples');
  const { json } = await runs.home.run('token', 'secret', '127.0.0.1:8601', '--json');
  const labeller = spawn(
    process.execPath,
    ['--import', 'tsx', `${examples}/14-http-callback/labeller.ts`],
    {
      env: { ...process.env, LABELLER_SECRET: String(json['callSecret']) },
      cwd: resolve(examples, '..'),
    },
  );
  try {
    const ran = await runs.home.run(
      ...['pipeline', 'run', `${examples}/14-http-callback/pipeline.yaml`, '--json'],
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.json['outputs']).toEqual({ labels: ['angry', 'content', 'angry'] });
  } finally {
    labeller.kill();
  }
});
