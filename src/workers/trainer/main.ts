import { readConfig } from '../../config.ts';
import { InputError } from '../../errors.ts';
import type { TrainerCommand, TrainerReply } from './messages.ts';
import { runTraining } from './run-training.ts';

const config = readConfig();
const stopping = new AbortController();
let isTraining = false;

const reply = (message: TrainerReply): void => {
  if (process.connected) process.send?.(message);
};

process.on('message', (command: TrainerCommand) => {
  if (command.kind === 'stop') stop();
  else void train(command);
});
// A worker that was killed can say nothing: its closed channel does. There is nobody left to train for.
process.on('disconnect', () => process.exit(0));
// Signals sent to the whole process group are for the worker to pass on, in its own order.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);
reply({ kind: 'ready' });

function stop(): void {
  stopping.abort();
  if (!isTraining) process.exit(0);
}

async function train({ request, checkpoint }: Extract<TrainerCommand, { kind: 'train' }>) {
  isTraining = true;
  try {
    const outcome = await runTraining(config, request, {
      checkpoint,
      signal: stopping.signal,
      onProgress: (progress) => reply({ kind: 'progress', progress }),
    });
    reply({ kind: 'outcome', outcome });
  } catch (error) {
    reply(describeEnd(error));
  }
  isTraining = false;
  if (stopping.signal.aborted) process.exit(0);
}

function describeEnd(error: unknown): TrainerReply {
  if (stopping.signal.aborted) return { kind: 'stopped' };
  return {
    kind: 'failed',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    problem: error instanceof InputError ? error.problem : null,
    // Errors of the operating system carry a code, such as EIO.
    isTransient: typeof (error as NodeJS.ErrnoException | null)?.code === 'string',
  };
}
