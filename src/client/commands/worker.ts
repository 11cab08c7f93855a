import { TaskQueue } from '../../task-queues.ts';
import { runWorker } from '../../workers/run-worker.ts';
import { type Command, ExitCode } from '../command.ts';
import { endWithSupervisor } from '../stack/end-with-supervisor.ts';

export const worker: Command = {
  summary: 'Run a worker on a task queue, until it is told to stop.',
  usage: `--queue <task queue> [--slots <activities at once>]

  ${TaskQueue.main}       workflows and bookkeeping
  ${TaskQueue.cpu}   preprocessing, training and evaluation
  ${TaskQueue.gpu}   the same, one at a time, on a machine with a GPU`,
  options: { queue: { type: 'string' }, slots: { type: 'string' } },
  async run({ config, options, output }) {
    const queue = options.text('queue') ?? TaskQueue.main;
    const slots = options.wholeNumber('slots', 1, 1_000);
    endWithSupervisor();
    output.line(`worker on ${queue}`);
    await runWorker({ queue, config, ...(slots !== undefined && { slots }) });
    return ExitCode.done;
  },
};
