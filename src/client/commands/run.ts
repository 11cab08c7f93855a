import { dirname, resolve } from 'node:path';
import { connectionSettings } from '../../connection.ts';
import type { JobInput } from '../../schemas/job.ts';
import { parseBudget, parseJob } from '../../schemas/parse-job.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { attachTo } from '../attach-to.ts';
import { type Command, ExitCode, type Invocation, usageError } from '../command.ts';
import { readJobFile, setByPath } from '../job-file.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { ensureStack } from '../stack/ensure-stack.ts';

export const run: Command = {
  usage: `[job.yaml] [options]

  --data <path>          the table, or a pattern of tables: CSV, TSV, JSON lines (also .gz) or Parquet
  --target <column>      the column to predict
  --test-data <path>     a separate table to test on
  --name <model>         the model's name
  --budget <budget>      60s, 5m, 30trials, 20epochs, or several with commas
  --metric <metric>      what to choose by
  --seed <number>        default 0
  --set <key>=<value>    any other field of the job, such as optimise.rounds=3; repeatable
  --detach               start the run and leave it to itself`,
  options: {
    data: { type: 'string' },
    target: { type: 'string' },
    'test-data': { type: 'string' },
    name: { type: 'string' },
    budget: { type: 'string' },
    metric: { type: 'string' },
    seed: { type: 'string' },
    set: { type: 'string', multiple: true },
    detach: { type: 'boolean' },
  },
  async run(invocation) {
    const { config, output, options } = invocation;
    const { job, folder } = await readJob(invocation);
    parseJob(job);
    await ensureReady(config, (text) => output.line(text));
    const { origin } = await connectionSettings(config);
    if (origin !== 'environment') await ensureStack(config, (text) => output.live(text));
    const client = await LifecycleClient.connect(config);
    try {
      const handle = await client.start(job, { folder });
      output.line(`run ${handle.workflowId}`);
      if (!options.has('detach')) {
        return await attachTo(client, { handle, kind: client.kind }, config, output);
      }
      output.result({ workflowId: handle.workflowId, runId: handle.firstExecutionRunId });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};

/** The job of the file, if one is named, with the options laid over it. */
async function readJob({ positionals, options }: Invocation) {
  const [file, ...others] = positionals;
  if (others.length > 0) {
    throw usageError('job file', positionals.join(' '), 'at most one job file');
  }
  const job = file === undefined ? {} : await readJobFile(file);
  // Paths in a job file are meant from its folder; those of options from here.
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const given = {
    data: absolute(options.text('data')),
    target: options.text('target'),
    name: options.text('name'),
    metric: options.text('metric'),
    seed: options.wholeNumber('seed', 0, 0xffff_ffff),
    budget:
      options.text('budget') === undefined ? undefined : parseBudget(options.text('budget') ?? ''),
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) job[key] = value;
  const test = absolute(options.text('test-data'));
  if (test !== undefined) job['split'] = { kind: 'file', test };
  for (const assignment of options.list('set')) setByPath(job, assignment);
  return { job: job as JobInput, folder };
}

const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
