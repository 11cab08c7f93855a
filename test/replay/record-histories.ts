/**
 * Stores histories of runs on this version for later versions to replay:
 *   npx tsx test/replay/record-histories.ts <version>
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { LifecycleClient, type StartedRun } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';
import { withoutPlaces } from './without-places.ts';

/** A child, a question that nobody answers, and a last step: no program, whose place would be told. */
const graphOf = (data: string) => ({
  name: 'graph',
  steps: [
    { id: 'prepare', uses: 'preprocess', with: { job: { data, target: 'left' } } },
    {
      ...{ id: 'gate', uses: 'approval', after: ['prepare'], with: { question: 'Go on?' } },
      approval: { deadlineSeconds: 1, default: 'approve' },
    },
  ],
  finally: [
    {
      ...{ id: 'end', uses: 'approval', with: { question: { $from: 'run.status' } } },
      approval: { deadlineSeconds: 1, default: 'approve' },
    },
  ],
  outputs: { by: { $from: 'steps.gate.by' } },
});

const version = process.argv[2] ?? 'current';
const folder = join(import.meta.dirname, 'histories');
const home = await CommandHome.create();
await mkdir(folder, { recursive: true });
try {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(400));
  await home.run('dev', '--detach');
  const client = await LifecycleClient.connect(readConfig(home.environment));
  const plain = new Client({ connection: await Connection.connect(client.settings) });
  const write = async (name: string, run: Pick<StartedRun, 'fetchHistory' | 'describe'>) => {
    const history: unknown = JSON.parse(historyToJSON(await run.fetchHistory()));
    const text = JSON.stringify(withoutPlaces(history, home.home));
    await writeFile(join(folder, `${version}-${name}.json`), `${text}\n`);
    console.log(`${name}: ${(await run.describe()).status.name}, ${text.length} bytes`);
  };
  const record = async (
    name: string,
    changes: Partial<JobInput>,
    meanwhile?: (run: StartedRun) => Promise<void>,
  ) => {
    const job = { data, target: 'left', budget: { trials: 3, epochs: 5 }, ...changes };
    const run = await client.start(job, { requestedBy: 'replay test' });
    await meanwhile?.(run);
    await run.result().catch(() => undefined);
    await write(name, run);
    return run;
  };
  const cancelAmidTrials = async (run: StartedRun) => {
    const isTuning = async () =>
      (await client.state(run))?.steps.some(({ note }) => note.includes('of 500 trials'));
    await until(isTuning, { everyMs: 100 });
    await run.cancel();
  };
  const completed = await record('completed', { optimise: { rounds: 2, tolerance: 0 } });
  const studyId = `${completed.workflowId}/study/${completed.firstExecutionRunId}`;
  await write('study', completed.client.getHandle(studyId));
  await record('no-rounds', { optimise: { rounds: 0 }, refit: 'never' });
  await record('time-budget', {
    budget: { seconds: 6 },
    estimators: ['mlp'],
    hyperparameters: { mlp: { epochs: 5_000, patience: null } },
  });
  await record('not-registered', {
    deployment: { register: false },
    split: { kind: 'stratified' },
  });
  await record('bad-target', { target: 'lefd' });
  await record('no-gpu', { resources: { gpu: 'required', waitSeconds: 1 } });
  await record('cancelled', { budget: { trials: 500, epochs: 3 } }, cancelAmidTrials);
  const graph = await plain.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId: 'graph' },
    args: [{ pipeline: graphOf(data) }],
  });
  await graph.result();
  await write('pipeline', graph);
  for (const [name, rows] of [
    ['retrain-first', 400],
    ['retrain-compared', 500],
    ['retrain-unchanged', 500],
  ] as const) {
    await writeCsv(data, customerHeader, customers(rows));
    const job = { target: 'left', budget: { trials: 2, epochs: 5 } };
    const run = await plain.workflow.start('retrain', {
      ...{ taskQueue: 'sevenfold', workflowId: name },
      args: [{ name: 'retrained', data, job }],
    });
    await run.result();
    await write(name, run);
  }
  await plain.connection.close();
  await client.close();
} finally {
  await home.remove();
}
