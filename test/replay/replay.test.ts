import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';

const folder = new URL('histories/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
let bundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
}, 60_000);

test('there are histories to replay', () => {
  expect(names.length).toBeGreaterThanOrEqual(4);
});

test.each(names)('today’s workflow code replays %s', async (name) => {
  const history = historyFromJSON(JSON.parse(await readFile(new URL(name, folder), 'utf8')));
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, `lifecycle/${name}`);
});
