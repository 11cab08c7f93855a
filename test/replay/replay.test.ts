import { readdir, readFile } from 'node:fs/promises';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { workflowBundle } from '../../src/workers/workflow-bundle.ts';
import { textsOf } from './without-places.ts';

const folder = new URL('histories/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
let bundle: WorkflowBundleOption;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  // The one that workers take, made by whoever needs it first.
  bundle = await workflowBundle(readConfig().cache);
}, 60_000);

test('there are histories to replay, of runs that ended in every way', async () => {
  const ends = await Promise.all(
    names.map(async (name) => {
      const { events } = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as {
        events: { eventType: string }[];
      };
      return events.at(-1)?.eventType.replace(/^EVENT_TYPE_WORKFLOW_EXECUTION_/, '');
    }),
  );
  expect(new Set(ends)).toEqual(new Set(['COMPLETED', 'FAILED', 'CANCELED']));
});

test.each(names)(
  '%s is small, and tells nothing of the machine it was recorded on',
  async (name) => {
    const text = await readFile(new URL(name, folder), 'utf8');
    expect(text.length).toBeLessThan(600_000);
    const places = /\/(tmp|home|root|work|Users|mnt|var)\/|\d+@|cpuModel":"(?!some")/;
    for (const told of textsOf(JSON.parse(text))) expect(told).not.toMatch(places);
  },
);

test.each(names)('today’s workflow code replays %s', async (name) => {
  const history = historyFromJSON(JSON.parse(await readFile(new URL(name, folder), 'utf8')));
  const [started] = history.events ?? [];
  // Ids of child workflows are made of it.
  const id = started?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, id);
});
