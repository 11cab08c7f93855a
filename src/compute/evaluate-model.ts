import { calibratedPredictor } from '../ml/calibration/calibrate.ts';
import { decidedBy } from '../ml/metrics/decide.ts';
import { evaluatePredictions } from '../ml/metrics/evaluate.ts';
import { trivialOutputs } from '../ml/metrics/trivial.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import type { Calibration } from '../schemas/problem.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Task } from './compute-task.ts';
import { loadPredictor } from './load-predictor.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { ShardPredictions } from './shard-predictions.ts';

/** Scores a model on one part of the data, beside the trivial model and the linear one. */
export const evaluateModel: Task<'evaluate'> = async (
  { prepared: ref, model, reference, part, calibration, decision, seed },
  context,
) => {
  const { artifacts } = context.stores;
  const prepared = await readPrepared(artifacts, ref);
  const problem = decidedBy(prepared.problem, { calibration, decision });
  const rows = await openParts(artifacts, prepared, [part]);
  const fit = await openParts(artifacts, prepared, ['fit']);
  const predictions = await ShardPredictions.open(context);
  const outputsOf = (name: string, trained: TrainingOutcome, map?: Calibration) =>
    predictions.predict(
      name,
      async () => calibratedPredictor(await loadPredictor(artifacts, prepared, trained), map),
      prepared,
      part,
    );
  const evaluation = Evaluation.parse(
    evaluatePredictions({
      problem,
      part,
      truth: await rows.originalTargets(),
      outputs: await outputsOf('model', model, calibration),
      baselines: [
        {
          name: 'trivial',
          outputs: trivialOutputs(problem, await fit.originalTargets(), rows.rows),
        },
        {
          name: reference.candidate.estimator,
          outputs: await outputsOf('reference', reference),
        },
      ],
      seed,
    }),
  );
  const { metric, score, interval, metrics } = evaluation;
  return { artifact: await putJson(artifacts, evaluation), part, metric, score, interval, metrics };
};
