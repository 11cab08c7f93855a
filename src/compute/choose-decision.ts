import { chooseDecision } from '../ml/metrics/choose-decision.ts';
import type { Task } from './compute-task.ts';
import { truthOfFolds } from './fold-rows.ts';
import { readPrepared } from './prepared-rows.ts';
import { keptTruth, readOutputs } from './validation-outputs.ts';

/** How a model decides between classes, by what it says of the rows that it was validated on. */
export const decide: Task<'decide'> = async (
  { prepared: ref, model, seed },
  { stores: { artifacts } },
) => {
  const prepared = await readPrepared(artifacts, ref);
  const { problem } = prepared;
  if (problem.task === 'regression' || model.predictions === null) return null;
  const truths = await truthOfFolds(artifacts, prepared);
  const folds = model.crossValidation?.folds ?? 1;
  const choice = chooseDecision(
    {
      problem,
      truth: keptTruth(truths.slice(0, folds), problem),
      outputs: await readOutputs(artifacts, model.predictions),
    },
    seed,
  );
  if (choice === null) return null;
  const { weights, score, plainScore, isBetter } = choice;
  return {
    weights: [...weights],
    score,
    plainScore,
    kept: isBetter,
    reason: isBetter
      ? `better for ${problem.metric} on rows that the weights were not chosen by`
      : `for ${problem.metric}, no better than the likeliest class on rows that they were not chosen by`,
  };
};
