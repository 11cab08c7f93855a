import { TaskQueue } from '../../task-queues.ts';
import { runWorker } from '../../workers/run-worker.ts';
import { type Command, ExitCode } from '../command.ts';
import { endWithSupervisor } from '../stack/end-with-supervisor.ts';
import { outliveLog } from '../stack/outlive-log.ts';

export const worker: Command = {
  usage: `--queue <task queue> [--slots <activities at once>] [--memory <GiB>] [--build-id <id>]

  --memory   for its compute processes together; default: 80 % of the machine's or container's
  --build-id the release that it runs, for deployments with several (deploy/README.md)

  ${TaskQueue.main}       workflows and bookkeeping
  ${TaskQueue.cpu}   preprocessing, training and evaluation
  ${TaskQueue.gpu}   the same, one at a time, on a machine with a GPU`,
  options: {
    queue: { type: 'string' },
    slots: { type: 'string' },
    memory: { type: 'string' },
    'build-id': { type: 'string' },
  },
  async run({ config, options, output }) {
    const queue = options.text('queue') ?? TaskQueue.main;
    const slots = options.wholeNumber('slots', 1, 1_000);
    const memoryGiB = options.wholeNumber('memory', 1, 100_000);
    const buildId = options.text('build-id') ?? config.buildId;
    endWithSupervisor();
    outliveLog();
    output.line(`worker on ${queue}${buildId === undefined ? '' : `, release ${buildId}`}`);
    await runWorker({
      queue,
      config,
      ...(slots !== undefined && { slots }),
      ...(memoryGiB !== undefined && { memoryGiB }),
      ...(buildId !== undefined && { buildId }),
    });
    return ExitCode.done;
  },
};
