import type { TargetScale } from '../../schemas/prepared-data.ts';
import type { Problem } from '../../schemas/problem.ts';
import { unscaleTarget } from '../data/target-scale.ts';
import { logLoss } from '../metrics/probabilities.ts';
import { mse } from '../metrics/regression.ts';
import { scoreMetric } from '../metrics/score.ts';

/** Models to choose from, by what they say of rows that none of them was trained on. */
export interface Library {
  readonly problem: Problem;
  readonly targetScale: TargetScale;
  /** [rows]: values in original units, or indices of classes. */
  readonly truth: Float64Array;
  /** Of each model, as it gives them: [rows, outputs]. */
  readonly outputs: readonly Float64Array[];
  /** Seconds that each would take to be trained again. */
  readonly costs: readonly number[];
}

/** What an ensemble may come to. */
export interface Limits {
  /** Different models. */
  readonly most: number;
  /** To train them all again; a model alone may take longer. */
  readonly seconds: number;
}

/** How good outputs are: by the problem's metric; where that is equal or undefined, by the loss. */
export interface Merit {
  readonly score: number | null;
  readonly loss: number;
}

export function meritOf(library: Omit<Library, 'outputs' | 'costs'>, raw: Float64Array): Merit {
  const { problem, targetScale, truth } = library;
  const isRegression = problem.task === 'regression';
  const outputs = isRegression ? raw.map((value) => unscaleTarget(value, targetScale)) : raw;
  return {
    score: scoreMetric(problem.metric, { problem, truth, outputs }),
    loss: isRegression ? mse(truth, outputs) : logLoss(truth, outputs, problem.classes.length),
  };
}

/** Relative differences below this are rounding. */
const EQUAL = 1e-9;

const isLess = (a: number, b: number): boolean => b - a > EQUAL * Math.abs(b);

export function isBetter({ direction }: Problem, a: Merit, b: Merit): boolean {
  const [scoreA, scoreB] = [a.score, b.score];
  if (scoreA !== null && scoreB !== null) {
    if (isLess(scoreA, scoreB)) return direction === 'minimise';
    if (isLess(scoreB, scoreA)) return direction === 'maximise';
  }
  return isLess(a.loss, b.loss);
}

/** The same models on some of the rows. */
export function pickRows(library: Library, rows: readonly number[]): Library {
  const { truth, outputs } = library;
  return {
    ...library,
    truth: Float64Array.from(rows, (row) => truth[row] as number),
    outputs: outputs.map((all) => {
      const width = all.length / truth.length;
      const picked = new Float64Array(rows.length * width);
      rows.forEach((from, to) => {
        picked.set(all.subarray(from * width, (from + 1) * width), to * width);
      });
      return picked;
    }),
  };
}
