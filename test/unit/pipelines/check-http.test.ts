import { expect, test } from 'vitest';
import { z } from 'zod';
import { refuseCalls } from '../../../src/activities/check-calls.ts';
import { buildCall } from '../../../src/pipelines/build-call.ts';
import { definePipeline } from '../../../src/pipelines/define-pipeline.ts';
import { httpStep } from '../../../src/pipelines/define-step.ts';
import { problemIn } from '../../support/input-problem.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const url = 'https://jobs.example.com/v1/jobs';
const call = (http: object, more: object = {}) => ({
  ...{ id: 'label', uses: 'http', http: { url, ...http }, ...more },
});
const problemOf = (...steps: object[]) => problemIn(() => pipelineOf(steps));

test('an HTTP step in YAML and in TypeScript are the same', () => {
  const { pipeline } = definePipeline({
    name: 'test',
    inputs: { rows: z.array(z.number()) },
    build: ({ inputs, step }) => {
      const label = httpStep({
        http: { url, complete: 'callback', deadlineSeconds: 3600 },
        input: z.object({ rows: z.array(z.number()) }),
        output: z.object({ labels: z.array(z.string()) }),
      });
      return { labels: step('label', label, { rows: inputs.rows }).labels };
    },
  });
  const written = call(
    { complete: 'callback', deadlineSeconds: 3600 },
    {
      ...{ input: { rows: 'number[]' }, output: { labels: 'string[]' } },
      with: { rows: { $from: 'inputs.rows' } },
    },
  );
  expect(pipeline).toEqual(
    pipelineOf([written], {
      inputs: { rows: { type: 'number[]' } },
      outputs: { labels: { $from: 'steps.label.labels' } },
    }),
  );
  expect(pipeline.steps[0]?.http).toMatchObject({ method: 'POST', complete: 'callback' });
});

test.each([
  [{ id: 'label', uses: 'http' }, 'MissingField', 'steps.label.http', /http: …/],
  [
    { ...call({}), uses: 'exec', exec: { command: ['x'] } },
    'ConflictingOptions',
    'steps.label.http',
    /Set uses to 'http'/,
  ],
  [call({ url: 'ftp://a/b' }), 'InvalidPipeline', 'steps.label.http.url', /./],
  [call({ url: 'https://{host}/x' }), 'InvalidPipeline', 'steps.label.http.url', /./],
  [call({ url: 'https://user:word@a/x' }), 'InvalidPipeline', 'steps.label.http.url', /./],
  [call({ url: 'https://a:99999/x' }), 'InvalidUrl', 'steps.label.http.url', /./],
  [call({ url: `${url}/{id}` }), 'MissingInput', 'steps.label.with.id', /The URL names it/],
  [call({ url: `${url}/{id}` }, { with: { id: [1] } }), 'WrongType', 'steps.label.with.id', /./],
  [call({ method: 'GET' }, { with: { id: { a: 1 } } }), 'WrongType', 'steps.label.with.id', /./],
  [
    call({ headers: { 'webhook-id': 'x' } }),
    'ReservedHeader',
    'steps.label.http.headers.webhook-id',
    /Remove it/,
  ],
  [
    call({ headers: { 'x-key': '${KEY}' } }),
    'UnknownSecret',
    'steps.label.http.headers.x-key',
    /secrets: { KEY: env:/,
  ],
  [call({ secrets: { KEY: 'plain' } }), 'InvalidPipeline', 'steps.label.http.secrets.KEY', /./],
  [call({ complete: 'webhook' }), 'InvalidPipeline', 'steps.label.http.complete', /./],
  [call({}, { output: { model: 'artifact' } }), 'WrongType', 'steps.label.output.model', /URL/],
])('a request that can not be right is refused: %j', (step, code, field, remedy) => {
  const problem = problemOf(step);
  expect(problem).toMatchObject({ code, field });
  expect(problem.remedy).toMatch(remedy);
});

test('a wire of a list is refused where the URL has room for a word', () => {
  const list = { id: 'list', uses: 'exec', exec: { command: ['x'] }, output: { ids: 'string[]' } };
  const step = call({ method: 'DELETE' }, { with: { id: { $from: 'steps.list.ids' } } });
  expect(problemOf(list, step)).toMatchObject({ code: 'WrongType', field: 'steps.label.with.id' });
});

test('inputs go where the request has room for them', () => {
  const inputs = { id: 'a/b', rows: [1], full: true };
  expect(buildCall({ method: 'POST', url: `${url}/{id}?v=1` }, inputs)).toEqual({
    ...{ url: `${url}/a%2Fb?v=1`, body: '{"rows":[1],"full":true}' },
  });
  expect(buildCall({ method: 'GET', url: `${url}?v=1` }, { id: 'a b', n: 2 })).toEqual({
    ...{ url: `${url}?v=1&id=a+b&n=2`, body: null },
  });
  expect(problemIn(() => buildCall({ method: 'GET', url }, inputs))).toMatchObject({
    field: 'with.rows',
  });
});

test('what the workers may not call, or nobody could answer, is refused with its path', () => {
  const settings = { home: '', hosts: ['jobs.example.com'], apiUrl: undefined };
  const inner = { name: 'inner', steps: [call({ complete: 'callback' })] };
  const graph = pipelineOf([call({}), { id: 'sub', uses: 'pipeline', pipeline: inner }]);
  expect(problemIn(() => refuseCalls(graph, settings))).toMatchObject({
    ...{ code: 'NoCallbackAddress', field: 'steps.sub.pipeline.steps.label.http.complete' },
    remedy: expect.stringContaining('SEVENFOLD_API_URL'),
  });
  expect(refuseCalls(graph, { ...settings, apiUrl: 'https://a' })).toBeUndefined();
  expect(
    problemIn(() => refuseCalls(graph, { ...settings, hosts: ['example.com'] })),
  ).toMatchObject({
    ...{ code: 'CallHostNotAllowed', field: 'steps.label.http.url', value: url },
  });
});
