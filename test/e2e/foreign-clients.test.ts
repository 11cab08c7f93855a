import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { readStack } from '../../src/connection.ts';
import { PipelineResult } from '../../src/schemas/pipeline-run.ts';
import { LifecycleResult } from '../../src/schemas/run.ts';
import { runCommand } from '../../src/setup/run-command.ts';
import { CommandHome } from '../support/command.ts';
import { ensurePythonPackages } from '../support/python.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

const foreign = resolve(import.meta.dirname, '../foreign');
const GO = ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => existsSync(path)) ?? 'go';

let home: CommandHome;
let address: string;
let data: string;
beforeAll(async () => {
  home = await CommandHome.create();
  expect((await home.runHere('dev', '--detach')).code).toBe(0);
  address = (await readStack(home.home))?.address ?? '';
  data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(1_500));
}, 180_000);
afterAll(() => home.remove(), 60_000);

/** What a foreign client says of a run. */
interface Told {
  readonly runId: string;
  /** Status of each step, by its id, each time that one had changed. */
  readonly seen: readonly Readonly<Record<string, string>>[];
  readonly result: unknown;
  readonly failure?: { readonly type: string; readonly message: string; readonly problem: unknown };
}

type Start = (workflowId: string, job: unknown) => Promise<Told>;

const told = async (program: string, args: readonly string[], environment = {}) => {
  const { stdout } = await promisify(execFile)(program, args, {
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout) as unknown;
};
const toldByPython = async (script: string, workflowId: string, input: unknown) => {
  const packages = await ensurePythonPackages('temporalio-1.35.0', ['temporalio==1.35.0']);
  const args = [join(foreign, 'python', script), address, workflowId, JSON.stringify(input)];
  return told('python3', args, { PYTHONPATH: packages });
};

const clients: Readonly<Record<string, () => Promise<Start>>> = {
  async 'Python SDK'() {
    return (workflowId, job) => toldByPython('run_lifecycle.py', workflowId, job) as Promise<Told>;
  },
  async 'Go SDK'() {
    const binary = join(readConfig().cache, 'go-client', 'run-lifecycle');
    await runCommand(GO, ['build', '-o', binary, '.'], { cwd: join(foreign, 'go') });
    return (workflowId, job) =>
      told(binary, [address, workflowId, JSON.stringify(job)]) as Promise<Told>;
  },
};

describe.each(Object.keys(clients))('the %s, with no code of Sevenfold', (name) => {
  let start: Start;
  beforeAll(async () => {
    start = await (clients[name] as () => Promise<Start>)();
  }, 600_000);

  test('starts a run, follows it and reads its result', async () => {
    const job = { data, target: 'left', budget: '3trials,12epochs' };
    const { runId, seen, result } = await start(`${name}/1`, job);
    expect(LifecycleResult.parse(result)).toMatchObject({ runId, model: 'customers-left' });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.some((steps) => Object.values(steps).includes('running'))).toBe(true);
    expect(Object.keys(seen[0] ?? {})).toHaveLength(7);
  });

  test('is told the field, the value and the remedy of a job that is not right', async () => {
    const { failure } = await start(`${name}/2`, { data, target: 'left', metrc: 'f1' });
    expect(failure).toMatchObject({
      type: 'UnknownKey',
      problem: { field: 'metrc', value: 'metrc', remedy: "Did you mean 'metric'?" },
    });
  });
});

test('the Python SDK starts a graph, too, approves what it asks and reads its result', async () => {
  const gate = { id: 'gate', uses: 'approval', with: { question: 'Shall it go on?' } };
  const outputs = { by: { $from: 'steps.gate.by' } };
  const pipeline = { name: 'gate', steps: [gate], outputs };
  const found = (await toldByPython('run_pipeline.py', 'Python SDK/graph', { pipeline })) as {
    asked: unknown;
    result: unknown;
  };
  expect(found.asked).toEqual([
    {
      ...{ step: 'gate', question: 'Shall it go on?', details: null },
      ...{ approvers: null, deadlineMs: null },
    },
  ]);
  const result = PipelineResult.parse(found.result);
  expect(result).toMatchObject({ status: 'completed', outputs: { by: 'Ada' } });
});
