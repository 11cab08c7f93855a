import type { AnyPackage } from '../schemas/any-package.ts';
import type { ImagePlace } from './data/images/image-bytes.ts';
import type { CellFault } from './data/record-faults.ts';
import { type Deciding, predictedClasses } from './metrics/decide.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** What a model says of one record. */
export interface Prediction {
  /** The value, or the class that is decided for: the likeliest, unless the problem weighs them. */
  readonly prediction: number | string;
  /** Of each class; absent for regression. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** What predicts from raw records, wherever it was trained. */
export interface PredictiveModel {
  readonly package: AnyPackage;
  /** Records with their images decoded, as all else takes them; as they are where there are none. */
  read(records: readonly RawRecord[], place: ImagePlace): Promise<readonly RawRecord[]>;
  /** [rows] values in original units, or [rows, classes] probabilities. */
  outputs(records: readonly RawRecord[]): Float64Array | Promise<Float64Array>;
  predict(records: readonly RawRecord[]): Prediction[] | Promise<Prediction[]>;
  /** Cells that are there, but that their column's type can't read. */
  findFaults(records: readonly RawRecord[]): CellFault[];
  /** Missing columns, unknown columns and unseen categories, which the model has a policy for. */
  describeOddities(records: readonly RawRecord[]): string[];
  dispose(): void;
}

/** Outputs, [rows] or [rows, classes], as predictions. */
export function describeOutputs(outputs: Float64Array, problem: Deciding): Prediction[] {
  const width = Math.max(1, problem.classes.length);
  return Array.from({ length: outputs.length / width }, (_, row) =>
    problem.classes.length === 0
      ? { prediction: outputs[row] as number }
      : describeClasses(problem, outputs.subarray(row * width, (row + 1) * width)),
  );
}

function describeClasses(problem: Deciding, probabilities: Float64Array): Prediction {
  const { classes } = problem;
  const [best] = predictedClasses(probabilities, problem) as unknown as [number];
  return {
    prediction: classes[best] as string,
    probabilities: Object.fromEntries(
      classes.map((name, index) => [name, probabilities[index] as number]),
    ),
  };
}
