import type { Calibration, MetricName, Problem } from '../../schemas/problem.ts';
import { rowLosses } from '../metrics/probabilities.ts';
import { scoreMetric } from '../metrics/score.ts';
import { choicesAndTrials, pickValidated, type Validated } from '../metrics/validated.ts';
import { calibrate } from './calibrate.ts';
import { fitCalibration, type MapKind } from './fit-calibration.ts';

/** Fewer rows say too little of probabilities. */
const FEWEST_ROWS = 100;
/** With more classes there are too few rows of each to fit an offset by. */
const MOST_OFFSETS = 30;
/**
 * Share of the log loss. Less is not worth a map, nor beyond chance: of probabilities that are right, two or
 * three parameters gain nothing on other rows.
 */
const LEAST_GAIN = 0.01;
/** Relative differences of scores below this are rounding. */
const EQUAL = 1e-9;

export interface CalibrationChoice {
  readonly map: Calibration;
  /** On rows that the map was not fitted on: with it, and as the model says. */
  readonly logLoss: number;
  readonly plainLogLoss: number;
  readonly isBetter: boolean;
  readonly reason: string;
}

/**
 * A map of probabilities, fitted on four fifths of the rows and tried on the others, five times over. It
 * is better where it lowers the log loss there by more than the standard error (of the differences row
 * by row) and by a hundredth, and where neither the problem's metric nor accuracy is worse. Where offsets
 * make one worse, a map without them is tried, which leaves the likeliest class the likeliest. Null where
 * there are too few rows to tell.
 * @param isWeighed whether weights of classes are chosen on what comes out: they can decide as before
 */
export function chooseCalibration(
  validated: Validated,
  seed: number,
  isWeighed: boolean,
): CalibrationChoice | null {
  const { truth, problem } = validated;
  if (truth.length < FEWEST_ROWS) return null;
  const kinds: readonly MapKind[] =
    problem.classes.length > MOST_OFFSETS ? ['slope'] : ['slope and offsets', 'slope'];
  let first: CalibrationChoice | null = null;
  for (const kind of kinds) {
    const choice = tryMap(validated, seed, kind, isWeighed);
    if (choice?.isBetter === true) return choice;
    first ??= choice;
  }
  return first;
}

function tryMap(
  validated: Validated,
  seed: number,
  kind: MapKind,
  isWeighed: boolean,
): CalibrationChoice | null {
  const { problem, truth, outputs } = validated;
  const map = fitCalibration(validated, kind);
  const calibrated = calibrateOthers(validated, seed, kind);
  if (map === null || calibrated === null) return null;
  const classes = problem.classes.length;
  const before = rowLosses(truth, outputs, classes);
  const after = rowLosses(truth, calibrated, classes);
  const [plainLogLoss, logLoss] = [meanOf(before), meanOf(after)];
  const gains = before.map((loss, row) => loss - (after[row] as number));
  const worse = isWeighed
    ? undefined
    : metricsToKeep(problem).find((metric) => isWorse(metric, validated, calibrated));
  const fault = !isClear(gains, plainLogLoss)
    ? 'the log loss is not clearly lower'
    : worse !== undefined
      ? `the log loss is lower, but ${worse} is worse`
      : null;
  const reason = `${fault ?? 'the log loss is clearly lower'} on rows that the map was not fitted on`;
  return { map, logLoss, plainLogLoss, isBetter: fault === null, reason };
}

/** Each fifth of the rows by a map that was fitted on the others; null where there is none. */
function calibrateOthers(validated: Validated, seed: number, kind: MapKind): Float64Array | null {
  const { truth, outputs, problem } = validated;
  const classes = problem.classes.length;
  const calibrated = new Float64Array(outputs.length);
  for (const { chosenBy, others } of choicesAndTrials(truth.length, seed, 'calibration/parts')) {
    const map = fitCalibration(pickValidated(validated, chosenBy), kind);
    if (map === null) return null;
    const found = calibrate(pickValidated(validated, others).outputs, map);
    others.forEach((row, i) => {
      calibrated.set(found.subarray(i * classes, (i + 1) * classes), row * classes);
    });
  }
  return calibrated;
}

/** Whether gains of rows are more than chance, and more than a trifle. */
function isClear(gains: Float64Array, loss: number): boolean {
  const mean = meanOf(gains);
  const variance = meanOf(gains.map((gain) => (gain - mean) ** 2));
  const error = Math.sqrt(variance / (gains.length - 1));
  return mean > error && mean > LEAST_GAIN * loss;
}

/** The problem's own and accuracy, but for what no map changes: of two classes the order of all rows. */
function metricsToKeep({ classes, metric }: Problem): MetricName[] {
  const isOfRanks = classes.length === 2 && (metric === 'roc_auc' || metric === 'pr_auc');
  return isOfRanks || metric === 'accuracy' ? ['accuracy'] : [metric, 'accuracy'];
}

function isWorse(
  metric: MetricName,
  { problem, truth, outputs }: Validated,
  calibrated: Float64Array,
): boolean {
  const before = scoreMetric(metric, { problem, truth, outputs });
  const after = scoreMetric(metric, { problem, truth, outputs: calibrated });
  if (before === null || after === null) return before !== after;
  const isLoss = metric === 'log_loss';
  return (isLoss ? after - before : before - after) > EQUAL * Math.abs(before);
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
