import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { WorkContext } from '../../src/workflows/steps/step-context.ts';
import { Trials } from '../../src/workflows/trials.ts';
import { outcomeOf } from '../support/outcomes.ts';

const candidate = { estimator: 'ridge', hyperparameters: {} } as const;

test('a study that is cancelled while it asks for proposals leaves none unheard', async () => {
  const job = parseJob({ data: 'a.csv', target: 'b', budget: { trials: 100 } });
  let asked = 0;
  const context = {
    job,
    runId: 'r',
    clock: { maxTrials: 100, maxEpochs: null, spent: () => false, trainingLimit: () => null },
    bookkeeping: {
      proposeTrials: async ({ count }: { count: number }) => {
        asked += 1;
        if (asked > 1) throw new CancelledFailure('cancelled');
        return Array.from({ length: count }, () => candidate);
      },
    },
    // The first trial ends; the others are under way until they are cancelled with the study.
    heavy: {
      run: async (_name: string, summary: string) => {
        if (summary.startsWith('trial 0:')) return outcomeOf(candidate);
        await new Promise((resolve) => setImmediate(resolve));
        throw new CancelledFailure('cancelled');
      },
    },
  } as unknown as WorkContext;
  const inputs = {
    data: { prepared: {}, rows: { fit: 10 }, width: 1, problem: { direction: 'minimise' } },
    selection: { finalists: [candidate] },
    state: {
      ...{ next: 0, completed: 0, failed: 0, best: outcomeOf(candidate), bestTrial: null },
      ...{ total: 100, exhausted: false },
    },
  } as unknown as ConstructorParameters<typeof Trials>[1];
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', listen);
  try {
    await expect(new Trials(context, inputs, () => undefined).run(100)).rejects.toThrow(
      'cancelled',
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(2);
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
