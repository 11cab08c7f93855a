import type { RequestOf, TaskProgress } from '../../compute/compute-task.ts';
import { runModuleStep } from '../../compute/run-step.ts';
import { runTask } from '../../compute/run-task.ts';
import { readConfig } from '../../config.ts';
import { InputError } from '../../errors.ts';
import { endWithWorker } from './end-with-worker.ts';
import type { ComputeCommand, ComputeReply } from './messages.ts';

const ALIVE_EVERY_MS = 1_000;
/** Errors that another attempt, here or elsewhere, need not meet again. */
const TRANSIENT = ['Fenced', 'FingerprintMismatch', 'CorruptArtifact'];

const config = readConfig();
const stopping = new AbortController();
let isBusy = false;

const reply = (message: ComputeReply): void => {
  if (process.connected) process.send?.(message);
};

endWithWorker();
process.on('message', (command: ComputeCommand) => {
  if (command.kind === 'stop') stop();
  else void run(command);
});
// Signals sent to the whole process group are for the worker to pass on, in its own order.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);

function stop(): void {
  stopping.abort();
  if (!isBusy) process.exit(0);
}

async function run({ task, request, lineage, extend }: Extract<ComputeCommand, { kind: 'run' }>) {
  isBusy = true;
  const alive = setInterval(() => reply({ kind: 'alive' }), ALIVE_EVERY_MS);
  try {
    const options = {
      lineage,
      extend,
      signal: stopping.signal,
      onProgress: (progress: TaskProgress) => reply({ kind: 'progress', progress }),
    };
    const outcome =
      task === 'step'
        ? await runModuleStep(config, request as RequestOf<'step'>, options)
        : await runTask(config, task, request as RequestOf<typeof task>, options);
    reply({ kind: 'outcome', outcome });
  } catch (error) {
    reply(describeEnd(error));
  }
  clearInterval(alive);
  isBusy = false;
  if (stopping.signal.aborted) process.exit(0);
}

function describeEnd(error: unknown): ComputeReply {
  if (stopping.signal.aborted) return { kind: 'stopped' };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return {
    kind: 'failed',
    name,
    message,
    problem: error instanceof InputError ? error.problem : null,
    // Errors of the operating system and of services carry a code, such as EIO.
    isTransient:
      TRANSIENT.includes(name) || typeof (error as NodeJS.ErrnoException).code === 'string',
  };
}
