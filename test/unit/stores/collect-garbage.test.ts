import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunActivities } from '../../../src/activities/run.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { ArtifactRef } from '../../../src/schemas/artifact.ts';
import { CheckpointLog } from '../../../src/stores/checkpoint-log.ts';
import { findGarbage, removeGarbage, USUAL_AGES } from '../../../src/stores/collect-garbage.ts';
import { putJson } from '../../../src/stores/json-artifact.ts';
import { stepDocument } from '../../../src/stores/run-documents.ts';
import { fingerprint } from '../../contract/checkpoint-log-contract.ts';
import { TestStore } from '../../support/store.ts';

const AT_ONCE = { ...USUAL_AGES, olderThanMs: 0 };

let store: TestStore;
beforeEach(async () => {
  store = await TestStore.create();
});
afterEach(() => store.remove());

const bytes = (text: string) => new TextEncoder().encode(text);
const put = (text: string) => store.stores.artifacts.put(bytes(text), 'application/octet-stream');
const record = (runId: string, step: string, outputs: unknown) =>
  store.stores.documents.write(stepDocument(runId, step), { outputs });

async function collect(ages = AT_ONCE): Promise<string[]> {
  const garbage = await findGarbage(store.stores, ages);
  return (await removeGarbage(store.stores.objects, garbage)).map(({ key }) => key);
}

async function complete(name: string, outcome: unknown): Promise<CheckpointLog> {
  const log = await CheckpointLog.claim(store.stores.objects, name, fingerprint);
  await log.save(bytes(`state of ${name}`));
  await log.complete(outcome, 1);
  return log;
}

async function register(runId: string, modelPackage: ArtifactRef): Promise<void> {
  await store.stores.registry.register({
    model: 'churn',
    package: modelPackage,
    runId,
    createdAt: '2026-01-01T00:00:00.000Z',
    metric: 'f1',
    score: 0.5,
  });
}

/** A random graph of artifacts with random roots; gives the places of all, and of those to be kept. */
async function randomGraph(seed: number): Promise<{ all: string[]; reachable: Set<string> }> {
  const random = new RandomStream(seed, 'test-garbage');
  const nodes: { ref: ArtifactRef; children: number[] }[] = [];
  const some = () =>
    Array.from({ length: random.below(4) }, () => random.below(Math.max(1, nodes.length))).filter(
      (index) => index < nodes.length,
    );
  for (let i = 0; i < 24; i++) {
    const children = some();
    // References lie at any depth, among other things.
    const document = { i, nested: [{ list: children.map((child) => [nodes[child]?.ref]) }] };
    const ref = random.below(2) === 0 ? await putJson(store.stores.artifacts, document) : null;
    nodes.push({
      ref: ref ?? (await put(`${seed}: ${i}`)),
      children: ref === null ? [] : children,
    });
  }
  const roots = new Set<number>();
  const take = () => {
    const chosen = some();
    for (const index of chosen) roots.add(index);
    return { deep: { er: chosen.map((index) => nodes[index]?.ref) } };
  };
  await store.beginRun('ended', 'failed');
  await record('ended', 'preprocess', take());
  await store.stores.documents.write('cache/a-step', take());
  // What only the log of a run that has ended refers to is not needed any more.
  await complete('ended/train-1', { weights: nodes[random.below(24)]?.ref });
  const packaged = random.below(24);
  roots.add(packaged);
  await register('ended', nodes[packaged]?.ref as ArtifactRef);
  const reachable = new Set<string>();
  const follow = (index: number) => {
    const node = nodes[index];
    if (node === undefined || reachable.has(node.ref.uri)) return;
    reachable.add(node.ref.uri);
    for (const child of node.children) follow(child);
  };
  for (const root of roots) follow(root);
  return { all: nodes.map(({ ref }) => ref.uri), reachable };
}

test.each([1, 2, 3, 4, 5, 6])(
  'of a random store all that is referred to stays, and all else goes (seed %i)',
  async (seed) => {
    const { reachable } = await randomGraph(seed);
    await collect();
    expect(await store.keys('objects/')).toEqual([...reachable].sort());
    expect(await store.keys('checkpoints/')).toEqual([]);
    expect(await collect()).toEqual([]);
  },
);

test.each([11, 12, 13])(
  'only what is old goes, and nothing that is referred to, however old (seed %i)',
  async (seed) => {
    const { all, reachable } = await randomGraph(seed);
    const random = new RandomStream(seed, 'test-ages');
    const old = new Set(all.filter(() => random.below(2) === 0));
    for (const key of old) await store.age(key, 25);
    for (const folder of ['documents/', 'checkpoints/']) await store.ageAll(folder, 25);
    const gone = (await collect({ ...USUAL_AGES })).filter((key) => key.startsWith('objects/'));
    const expected = all.filter((key) => old.has(key) && !reachable.has(key));
    expect(gone.sort()).toEqual([...new Set(expected)].sort());
  },
);

describe('while a run is under way', () => {
  beforeEach(() => store.beginRun('alive', null));

  test('its logs, what they refer to, and all that was written since it began stay', async () => {
    const weights = await put('weights that only the log knows');
    const report = await put('a report that only the history knows');
    await complete('alive/screen-mlp', { weights });
    const before = await store.keys('');
    expect(await collect()).toEqual([]);
    expect(await store.keys('')).toEqual(before);
    expect(before).toContain(report.uri);
  });

  test('what was left before it began goes', async () => {
    const left = await put('left by another');
    await store.age(left.uri, 3);
    expect(await collect()).toEqual([left.uri]);
  });

  test('its logs stay when it is quiet for a while, and go when it is abandoned', async () => {
    const weights = await put('weights');
    await complete('alive/screen-mlp', { weights });
    await store.ageAll('', 6 * 24);
    expect(await collect()).toEqual([]);
    await store.ageAll('', 8 * 24);
    const gone = await collect();
    expect(gone).toContain(weights.uri);
    expect(await store.keys('checkpoints/')).toEqual([]);
    expect(await store.keys('documents/runs/alive/')).toHaveLength(1);
  });

  test('its logs stay for as long as it says that it goes on', async () => {
    const weights = await put('weights');
    await complete('alive/screen-mlp', { weights });
    await store.ageAll('', 30 * 24);
    const { renewRun } = createRunActivities(store.stores);
    await renewRun({ runId: 'alive' });
    expect(await collect()).toEqual([]);
    expect(await store.keys('objects/')).toEqual([weights.uri]);
  });
});

test('an artifact that is put again between look and removal stays', async () => {
  const ref = await put('the same bytes');
  await store.age(ref.uri, 48);
  const garbage = await findGarbage(store.stores);
  expect(garbage.objects.map(({ key }) => key)).toEqual([ref.uri]);
  await put('the same bytes');
  expect(await removeGarbage(store.stores.objects, garbage)).toEqual([]);
  expect(await store.keys('objects/')).toEqual([ref.uri]);
});

test('a log of a run that has just ended stays for a while, so that it can be extended', async () => {
  await store.beginRun('run', 'completed');
  await complete('run/train-1', {});
  expect(await collect({ ...USUAL_AGES })).toEqual([]);
  await store.ageAll('', 25);
  await collect({ ...USUAL_AGES });
  expect(await store.keys('checkpoints/')).toEqual([]);
});

test('a blob whose entry was never written goes, and the checkpoints of its log stay', async () => {
  await store.beginRun('run', null);
  const log = await CheckpointLog.claim(store.stores.objects, 'run/train-1', fingerprint);
  const piece = await log.attach(bytes('a piece of it'));
  await log.save(bytes('whole'), [piece]);
  const stray = `checkpoints/run/train-1/blobs/${'a'.repeat(64)}`;
  await store.stores.objects.write(stray, bytes('half'));
  expect(await collect()).toEqual([]);
  await store.ageAll('checkpoints/', 2);
  expect(await collect()).toEqual([stray]);
  expect(await log.attachment(piece)).not.toBeNull();
  expect(new TextDecoder().decode((await log.latest())?.state)).toBe('whole');
});

test('no artifact goes while a document that may refer to it can’t be read', async () => {
  const ref = await put('needed by the torn record, perhaps');
  await store.stores.objects.write('documents/runs/x/steps/train.json', bytes('{"outputs": {"wei'));
  await store.ageAll('', 48);
  const { objects, unreadable } = await findGarbage(store.stores);
  expect(objects).toEqual([]);
  expect(unreadable).toMatchObject([{ key: 'documents/runs/x/steps/train.json' }]);
  expect(await store.keys('objects/')).toEqual([ref.uri]);
});

test('old runs go with all that they alone refer to, but not those that a model came from', async () => {
  const shared = await put('shards of both');
  const own = await put('weights of the one');
  const packaged = await put('package of the other');
  for (const run of ['forgotten', 'deployed', 'recent']) {
    await store.beginRun(run, 'completed');
    await record(run, 'preprocess', { shared });
  }
  await record('forgotten', 'train', { own });
  await record('deployed', 'deploy', { packaged });
  await register('deployed', packaged);
  await store.ageAll('', 91 * 24);
  await store.ageAll('documents/runs/recent/', 30 * 24);
  await collect({ ...USUAL_AGES, runsOlderThanMs: 90 * 24 * 3_600_000 });
  expect(await store.keys('documents/runs/forgotten/')).toEqual([]);
  expect(await store.keys('documents/runs/deployed/')).toHaveLength(3);
  expect(await store.keys('documents/runs/recent/')).toHaveLength(2);
  expect(await store.keys('objects/')).toEqual([shared.uri, packaged.uri].sort());
});
