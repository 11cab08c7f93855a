import { usageError } from '../command.ts';
import { controlCommand } from '../control-command.ts';

const MOST_TRIALS = 10_000;
const MOST_EPOCHS = 1_000_000;

export const extend = controlCommand(
  {
    usage: `<workflow id> [--trials <total>] [--epochs <total>]

  --trials   the search goes on to this total
  --epochs   the training under way, and those after it, go on to this total`,
    options: { trials: { type: 'string' }, epochs: { type: 'string' } },
  },
  async (client, workflowId, options) => {
    const trials = options.wholeNumber('trials', 1, MOST_TRIALS);
    const epochs = options.wholeNumber('epochs', 1, MOST_EPOCHS);
    if (trials === undefined && epochs === undefined) {
      throw usageError('--trials', undefined, '--trials, --epochs or both');
    }
    await client.extend(workflowId, {
      ...(trials !== undefined && { trials }),
      ...(epochs !== undefined && { epochs }),
    });
    return `extended ${workflowId}`;
  },
);
