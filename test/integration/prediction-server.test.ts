import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RandomStream } from '../../src/ml/random.ts';
import { ModelMetadata, PredictResponse, ProblemDetails } from '../../src/schemas/prediction.ts';
import {
  type PredictionServer,
  startPredictionServer,
} from '../../src/serving/start-prediction-server.ts';
import { PredictionClient } from '../support/prediction-client.ts';
import { SmallModels } from '../support/small-model.ts';
import { writeCsv } from '../support/tables.ts';

let models: SmallModels;
let server: PredictionServer;
let client: PredictionClient;

/** Inputs of every type; who pays much and is no member leaves. */
function members(rows: number): (string | number)[][] {
  const random = new RandomStream(1, 'test-members');
  return Array.from({ length: rows }, (_, i) => {
    const member = random.below(2) === 0 ? 'yes' : 'no';
    const price = Math.round(1000 * random.uniform()) / 10;
    const city = ['Oslo', 'Rome', 'Lima'][random.below(3)] as string;
    const since = new Date(Date.UTC(2020, 0, 1 + random.below(1500))).toISOString().slice(0, 10);
    const left = price > (member === 'yes' ? 80 : 30) ? 'left' : 'stayed';
    return [18 + (i % 60), price, city, member, since, left];
  });
}
const header = ['age', 'price', 'city', 'member', 'since', 'left'];
const record = { age: 41, price: 95.5, city: 'Rome', member: 'no', since: '2021-03-04' };

beforeAll(async () => {
  models = new SmallModels(await mkdtemp(join(tmpdir(), 'sevenfold-serving-')));
  const data = await writeCsv(join(models.home, 'members.csv'), header, members(300));
  const job = { data, target: 'left', name: 'members' };
  const first = await models.make(job, { estimator: 'logistic', hyperparameters: {} });
  await models.register(first);
  await models.register({ ...first, runId: 'second' });
  await models.register({ ...first, runId: 'third' });
  await models.stores.registry.setAlias('members', 'champion', 2);
  await models.stores.registry.setAlias('members', 'challenger', 3);
  await models.register({ ...first, name: 'no-champion' });
  server = await startPredictionServer({ ...models.stores, host: '127.0.0.1', port: 0 });
  client = new PredictionClient(server.url);
});
afterAll(async () => {
  await server.close();
  await models.stores.close();
  await rm(models.home, { recursive: true });
});

describe('a prediction', () => {
  test('of one record is that of the same record in a list, with probabilities', async () => {
    const alone = await client.predict('members', record);
    expect(alone).toMatchObject({ model: 'members', version: 2 });
    expect(alone.warnings).toBeUndefined();
    const [{ prediction, probabilities } = { prediction: 0, probabilities: {} }, ...others] =
      alone.predictions;
    expect(others).toEqual([]);
    expect(prediction).toBe('left');
    expect(Object.keys(probabilities ?? {})).toEqual(['left', 'stayed']);
    const { left = 0, stayed = 0 } = probabilities ?? {};
    expect(left).toBeGreaterThan(0.9);
    expect(left + stayed).toBeCloseTo(1, 12);
    const cheap = { ...record, price: 5, member: 'yes' };
    const list = await client.predict('members', [cheap, record, cheap]);
    expect(list.predictions.map(({ prediction }) => prediction)).toEqual([
      'stayed',
      'left',
      'stayed',
    ]);
    expect(list.predictions[1]).toEqual(alone.predictions[0]);
  });

  test('comes from the champion, else the newest, or the version or label that is named', async () => {
    const versions = { members: 2, 'members/versions/1': 1, 'members/labels/challenger': 3 };
    for (const [place, version] of Object.entries({ ...versions, 'no-champion': 1 })) {
      expect(await client.predict(place, record)).toMatchObject({ version });
    }
  });

  test('does not depend on whether a number, a date or a truth is given as text', async () => {
    const asText = { ...record, age: '41', price: ' 95.5 ', member: 'No' };
    const asValue = { ...record, member: false, since: '2021-03-04T00:00:00Z' };
    const { predictions } = await client.predict('members', [record, asText, asValue]);
    expect(predictions[1]).toEqual(predictions[0]);
    expect(predictions[2]).toEqual(predictions[0]);
  });

  test('tells what it took for granted: missing, unknown and unseen', async () => {
    const { age: _, ...rest } = record;
    const { warnings = [], predictions } = await client.predict('members', [
      { ...rest, city: 'Paris', shoeSize: 43 },
      { ...rest, price: null },
    ]);
    expect(predictions).toHaveLength(2);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe("column 'age' is missing: imputed");
    expect(warnings[1]).toBe("column 'shoeSize' is unknown: ignored");
    expect(warnings[2]).toContain("column 'city' has the unseen value 'Paris'");
  });

  test('is given for 10,000 records at once', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ ...record, age: i % 90 }));
    const { predictions } = await client.predict('members', many);
    expect(predictions).toHaveLength(10_000);
    expect(predictions[90]).toEqual(predictions[0]);
  });
});

describe('a description', () => {
  test('of a model tells its inputs, its scores and where it came from', async () => {
    const { status, body } = await client.get('/v1/models/members/versions/3');
    expect(status).toBe(200);
    const metadata = ModelMetadata.parse(body);
    expect(metadata).toMatchObject({
      ...{ model: 'members', version: 3, aliases: ['challenger'], runId: 'third' },
      ...{ estimator: 'logistic', problem: { target: 'left', task: 'binary' } },
    });
    expect(metadata.inputs.map(({ name, type }) => `${name}: ${type}`).toSorted()).toEqual([
      ...['age: number', 'city: string', 'member: boolean'],
      ...['price: number', 'since: datetime'],
    ]);
    expect(metadata.metrics['roc_auc']).toBe(metadata.score);
    expect((await client.get('/v1/models/members')).body).toMatchObject({ version: 2 });
  });

  test('of all models lists every version', async () => {
    const { models } = (await client.get('/v1/models')).body as { models: { model: string }[] };
    expect(models.map(({ model }) => model)).toEqual([
      ...['members', 'members', 'members'],
      'no-champion',
    ]);
  });

  test('of the server says that it lives and that it can predict', async () => {
    expect(await client.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await client.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });
});

describe('a body that is not right is refused with what would be right', () => {
  const many = (count: number) =>
    JSON.stringify({ instances: Array.from({ length: count }, () => ({})) });
  const BODIES: Record<string, readonly [body: string | undefined, field: string]> = {
    'no body': [undefined, 'body'],
    'an empty body': ['', 'body'],
    'half of JSON': ['{"instances": [{"age": 4', 'body'],
    'a number that is none': ['{"instances": [{"age": NaN}]}', 'body'],
    'a poisoned key': ['{"__proto__": {"instances": []}}', 'body'],
    null: ['null', 'body'],
    'a list': ['[]', 'body'],
    'a text': ['"instances"', 'body'],
    'nothing to predict': ['{}', 'instances'],
    'a misspelt key': [`{"instance": ${JSON.stringify(record)}}`, 'instance'],
    'a key too many': ['{"instances": [{}], "parameters": {}}', 'parameters'],
    'no instances': ['{"instances": []}', 'instances'],
    'too many instances': [many(10_001), 'instances'],
    'a number in place of instances': ['{"instances": 5}', 'instances'],
    'a list in place of a record': ['{"instances": [{}, [1, 2]]}', 'instances[1]'],
    'null in place of a record': ['{"instances": [null]}', 'instances[0]'],
    'a list in a cell': ['{"instances": [{}, {"age": [1]}]}', 'instances[1].age'],
    'an object in a cell': ['{"instances": {"age": {"years": 1}}}', 'instances.age'],
    'a number past all bounds': ['{"instances": [{"age": 1e999}]}', 'instances[0].age'],
    'text where a number belongs': ['{"instances": [{"age": "old"}]}', 'instances[0].age'],
    'a truth where a number belongs': ['{"instances": [{"age": true}]}', 'instances[0].age'],
    'a number where a truth belongs': ['{"instances": [{"member": 2}]}', 'instances[0].member'],
    'no date': ['{"instances": [{"since": "2021-02-31"}]}', 'instances[0].since'],
  };

  test.each(Object.entries(BODIES))('%s', async (_, [body, field]) => {
    const answer = await client.post('/v1/models/members:predict', body);
    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' });
    const problem = ProblemDetails.parse(answer.body);
    expect(problem.field).toBe(field);
    expect(problem.expected?.length).toBeGreaterThan(5);
    expect(problem.remedy?.length).toBeGreaterThan(5);
    expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
  });

  test('the value that is wrong, and what it should be, are named', async () => {
    const body = JSON.stringify({ instances: [record, { ...record, age: 'old' }] });
    expect(await client.refused('members', body)).toMatchObject({
      ...{ status: 400, field: 'instances[1].age', value: 'old', expected: 'a number' },
      type: 'urn:sevenfold:problem:UnreadableValue',
    });
  });

  test('a body past 32 MiB is too large', async () => {
    const body = JSON.stringify({ instances: [{ city: 'x'.repeat(33 * 2 ** 20) }] });
    const problem = await client.refused('members', body);
    expect(problem).toMatchObject({ status: 413, field: 'body' });
    expect(problem.expected).toContain('32 MiB');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'a body that calls itself %s is of the wrong type',
    async (type) => {
      const body = JSON.stringify({ instances: [record] });
      const answer = await client.post('/v1/models/members:predict', body, type);
      expect(answer).toMatchObject({ status: 415, type: 'application/problem+json' });
      expect(answer.body).toMatchObject({ field: 'content-type', value: type });
      expect((answer.body as ProblemDetails).remedy).toContain('application/json');
    },
  );
});

describe('what is not there', () => {
  const body = JSON.stringify({ instances: [record] });

  test('an unknown model is answered with the nearest one', async () => {
    const problem = { status: 404, field: 'model', value: 'membres' };
    const remedy = "Did you mean 'members'?";
    expect(await client.refused('membres', body)).toMatchObject({ ...problem, remedy });
    expect((await client.get('/v1/models/membres')).body).toMatchObject({ ...problem, remedy });
  });

  test('an unknown version and an unknown label are answered with those that there are', async () => {
    const version = await client.refused('members/versions/4', body);
    expect(version).toMatchObject({ status: 404, field: 'version', value: 4 });
    expect(version.expected).toContain('1, 2, 3');
    const label = await client.refused('members/labels/chalenger', body);
    expect(label).toMatchObject({ status: 404, field: 'alias', value: 'chalenger' });
    expect(label.expected).toContain('challenger');
  });

  test.each([
    ...['/', '/v1', '/v1/models/members/versions/x', '/v1/models/members/version/1', '/v1/models/'],
    ...['/v1/models/members:predict', '/v1/models/a%2Fb/versions/1', '/v1/models/%zz', '/%'],
    ...[`/v1/models/${'x'.repeat(2000)}`, '/v1/models/members/versions/99999999999'],
    ...["/v1/models/'; drop table versions; --", '/v1/models/../../etc/passwd'],
  ])('GET %s is answered by a problem with a remedy', async (path) => {
    const answer = await client.get(path);
    expect([400, 404, 414]).toContain(answer.status);
    expect(answer.type).toBe('application/problem+json');
    expect(ProblemDetails.parse(answer.body).remedy?.length).toBeGreaterThan(5);
  });

  test('a port in use is named', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const start = startPredictionServer({ ...models.stores, host: '127.0.0.1', port });
    const problem = { code: 'PortInUse', value: port };
    await expect(start).rejects.toThrow(
      expect.objectContaining({ problem: expect.objectContaining(problem) }),
    );
    taken.close();
  });
});

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
  readonly requestBody?: { content: Record<string, { schema: object }> };
}
interface PathItem {
  readonly parameters?: { name: string; in: string; required: boolean; schema: object }[];
  readonly get?: Operation;
  readonly post?: Operation;
}

describe('the description of the server', () => {
  const describe = async () =>
    (await client.get('/openapi.json')).body as {
      openapi: string;
      info: { title: string; version: string };
      paths: Record<string, PathItem>;
    };
  const fill = (path: string, values: Record<string, string>) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

  test('is OpenAPI 3.1, and declares every parameter of its paths', async () => {
    const { openapi, info, paths } = await describe();
    expect(openapi).toMatch(/^3\.1\.\d+$/);
    expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(JSON.stringify(paths)).not.toContain('$ref');
    for (const [path, { parameters = [] }] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.map(({ name }) => name)).toEqual(named);
      expect(parameters.every((each) => each.in === 'path' && each.required)).toBe(true);
    }
  });

  test('is true of every path: answers, refusals and their types are as it says', async () => {
    // What is registered here came from no run, and has no report.
    const here = { name: 'members', version: '1', alias: 'champion', runId: 'nobody' };
    const good = JSON.stringify({ instances: record });
    for (const [path, { get, post }] of Object.entries((await describe()).paths)) {
      if (get !== undefined) {
        const status = path.includes('{runId}') ? 404 : 200;
        await expectDocumented(get, status, await client.get(fill(path, here)));
        if (path.includes('{name}')) {
          const absent = await client.get(fill(path, { ...here, name: 'nobody' }));
          await expectDocumented(get, 404, absent);
        }
      }
      if (post === undefined) continue;
      const place = fill(path, here);
      const bodySchema = post.requestBody?.content['application/json']?.schema ?? {};
      expect(z.fromJSONSchema(bodySchema as never).safeParse(JSON.parse(good)).success).toBe(true);
      expect(z.fromJSONSchema(bodySchema as never).safeParse({}).success).toBe(false);
      await expectDocumented(post, 200, await client.post(place, good));
      await expectDocumented(post, 400, await client.post(place, '{}'));
      await expectDocumented(
        post,
        404,
        await client.post(fill(path, { ...here, name: 'x' }), good),
      );
      await expectDocumented(post, 415, await client.post(place, good, 'text/csv'));
      expect(Object.keys(post.responses)).toContain('413');
    }
  });

  async function expectDocumented(
    { responses }: Operation,
    status: number,
    answer: Awaited<ReturnType<typeof client.get>>,
  ): Promise<void> {
    expect(answer.status).toBe(status);
    const content = responses[status]?.content ?? {};
    expect(Object.keys(content)).toEqual([answer.type]);
    const schema = z.fromJSONSchema((content[answer.type]?.schema ?? {}) as never);
    expect(schema.safeParse(answer.body).error).toBeUndefined();
  }

  test('shows the predictions that the server gives', async () => {
    const { body } = await client.post('/v1/models/members:predict', '{"instances": {}}');
    expect(PredictResponse.parse(body).warnings).toHaveLength(5);
  });
});
