import type { CalibrationBin } from '../../schemas/insights.ts';
import { predictedClasses } from '../metrics/decide.ts';
import type { Predictions } from '../metrics/score.ts';

const BINS = 10;

/**
 * Reliability (Murphy and Winkler 1977) in ten bins of equal width: of the positive class's
 * probability, or with more than two classes of the predicted class's.
 */
export function calibrationBins({ problem, truth, outputs }: Predictions): CalibrationBin[] {
  const { classes, positiveClass } = problem;
  const predicted = predictedClasses(outputs, problem);
  const positive = positiveClass === null ? null : classes.indexOf(positiveClass);
  const bins = Array.from({ length: BINS }, () => ({ predicted: 0, observed: 0, rows: 0 }));
  truth.forEach((actual, row) => {
    const judged = positive ?? (predicted[row] as number);
    const probability = outputs[row * classes.length + judged] as number;
    const bin = bins[Math.min(BINS - 1, Math.floor(probability * BINS))];
    if (bin === undefined) return;
    bin.predicted += probability;
    bin.observed += actual === judged ? 1 : 0;
    bin.rows += 1;
  });
  return bins
    .filter(({ rows }) => rows > 0)
    .map((bin) => ({
      predicted: bin.predicted / bin.rows,
      observed: bin.observed / bin.rows,
      rows: bin.rows,
    }));
}
