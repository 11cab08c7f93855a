import type { Job } from '../../schemas/job.ts';
import type { Evaluated, Preprocessed, Selection } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { formatScore } from '../score.ts';
import { type StepContext, workOrder } from './step-context.ts';

/** Step 5: the model on validation rows, which later decisions may use, and on test rows, which none may. */
export async function evaluate(
  context: StepContext,
  inputs: { job: Job; data: Preprocessed; selection: Selection; model: TrainingOutcome },
): Promise<{ evaluation: Evaluated }> {
  const { job, data, selection, model } = inputs;
  const score = async (part: 'validation' | 'test') =>
    context.heavy.run(
      'evaluateModel',
      `${part} rows`,
      workOrder<'evaluate'>(context, `evaluate/${part}`, {
        prepared: data.prepared,
        model,
        reference: selection.reference,
        part,
        seed: job.seed,
      }),
    );
  const [validation, test] = await Promise.all([score('validation'), score('test')]);
  context.note('evaluate', `test ${formatScore(data.problem, test.score)}`);
  return { evaluation: { validation, test } };
}
