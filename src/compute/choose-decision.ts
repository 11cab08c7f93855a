import { calibrate, sameDecisions } from '../ml/calibration/calibrate.ts';
import { type CalibrationChoice, chooseCalibration } from '../ml/calibration/choose-calibration.ts';
import { chooseDecision, type DecisionChoice } from '../ml/metrics/choose-decision.ts';
import type { Validated } from '../ml/metrics/validated.ts';
import type { Calibrating, Deciding } from '../schemas/deciding.ts';
import type { Task } from './compute-task.ts';
import { truthOfFolds } from './fold-rows.ts';
import { readPrepared } from './prepared-rows.ts';
import { keptTruth, readOutputs } from './validation-outputs.ts';

/** Whether a model's probabilities are mended, and how it decides, by what it says of the rows that it was validated on. */
export const decide: Task<'decide'> = async (
  { prepared: ref, model, choose = { calibration: false, decision: true }, seed },
  { stores: { artifacts } },
) => {
  const prepared = await readPrepared(artifacts, ref);
  const { problem } = prepared;
  if (problem.task === 'regression' || model.predictions === null) {
    return { calibration: null, decision: null };
  }
  const truths = await truthOfFolds(artifacts, prepared);
  const folds = model.crossValidation?.folds ?? 1;
  const validated = {
    problem,
    truth: keptTruth(truths.slice(0, folds), problem),
    outputs: await readOutputs(artifacts, model.predictions),
  };
  const plain = choose.decision ? chooseDecision(validated, seed) : null;
  const calibration = choose.calibration
    ? chooseCalibration(validated, seed, plain !== null)
    : null;
  const decision = decisionOn(validated, plain, calibration, seed);
  return {
    calibration: calibration && describeCalibration(calibration),
    decision: decision && describeDecision(decision, problem.metric),
  };
};

/** On mended probabilities; where what is chosen on them is no better, the decisions stay as they were. */
function decisionOn(
  validated: Validated,
  plain: DecisionChoice | null,
  calibration: CalibrationChoice | null,
  seed: number,
): DecisionChoice | null {
  if (plain === null || calibration?.isBetter !== true) return plain;
  const { map } = calibration;
  const outputs = calibrate(validated.outputs, map);
  const mended = chooseDecision({ ...validated, outputs }, seed);
  if (mended !== null && scoreOf(mended) >= scoreOf(plain)) return mended;
  const weights = plain.isBetter ? plain.weights : plain.weights.map(() => 1);
  return {
    weights: sameDecisions(weights, map),
    score: scoreOf(plain),
    plainScore: mended?.plainScore ?? plain.plainScore,
    isBetter: true,
  };
}

const scoreOf = ({ score, plainScore, isBetter }: DecisionChoice): number =>
  isBetter ? score : plainScore;

const describeCalibration = ({ isBetter, ...choice }: CalibrationChoice): Calibrating => ({
  ...choice,
  kept: isBetter,
});

const describeDecision = (
  { weights, score, plainScore, isBetter }: DecisionChoice,
  metric: string,
): Deciding => ({
  weights: [...weights],
  score,
  plainScore,
  kept: isBetter,
  reason: isBetter
    ? `better for ${metric} on rows that the weights were not chosen by`
    : `for ${metric}, no better than the likeliest class on rows that they were not chosen by`,
});
