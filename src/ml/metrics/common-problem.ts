import { InputError } from '../../errors.ts';
import type { Problem } from '../../schemas/problem.ts';
import { weighProbabilities } from './decide.ts';

/**
 * The problem that two versions of a model are compared on: the newer one's, with the classes of
 * both, those of the newer one first.
 */
export function commonProblem(older: Problem, newer: Problem): Problem {
  if (
    older.target !== newer.target ||
    (older.task === 'regression') !== (newer.task === 'regression')
  ) {
    throw new InputError({
      code: 'OtherProblem',
      field: 'job.target',
      value: `${newer.target} (${newer.task})`,
      expected: `the champion's problem: ${older.target} (${older.task})`,
      remedy:
        'Give the retraining another name: models of different problems are different models.',
    });
  }
  // Each model decides in its own way: see toCommonClasses.
  const { decision: _, calibration: __, ...common } = newer;
  const more = older.classes.filter((name) => !newer.classes.includes(name));
  return more.length === 0 ? common : widened(common, [...newer.classes, ...more]);
}

/** Two classes that have become three are no binary problem any more. */
function widened(problem: Problem, classes: string[]): Problem {
  const isBinary = classes.length === 2;
  return {
    ...problem,
    classes,
    task: isBinary ? 'binary' : 'multiclass',
    positiveClass: isBinary ? problem.positiveClass : null,
  };
}

/**
 * Probabilities [rows, classes] in the order of the common classes, weighed as the model decides; one
 * that a model does not know has 0.
 */
export function toCommonClasses(
  outputs: Float64Array,
  problem: Problem,
  common: Problem,
): Float64Array {
  if (problem.task === 'regression') return outputs;
  const { classes } = problem;
  const weighed = weighProbabilities(outputs, problem);
  const rows = outputs.length / classes.length;
  const mapped = new Float64Array(rows * common.classes.length);
  const places = classes.map((name) => common.classes.indexOf(name));
  for (let row = 0; row < rows; row++) {
    places.forEach((place, index) => {
      mapped[row * common.classes.length + place] = weighed[row * classes.length + index] as number;
    });
  }
  return mapped;
}
