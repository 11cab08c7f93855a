import { RandomStream } from '../../src/ml/random.ts';

/** A model and a batch size that every contender trains, with Adam at this rate. */
export interface Case {
  readonly name: string;
  readonly hiddenLayers: readonly number[];
  readonly width: number;
  readonly rows: number;
  readonly task: 'regression' | 'binary';
  readonly batchSize: number;
  readonly learningRate: number;
  /** Epochs after which losses are compared, and speeds begin to be measured. */
  readonly warmUpEpochs: number;
}

type Model = Omit<Case, 'batchSize'>;

const MODELS: readonly Model[] = [
  {
    name: 'MLP 20-64-64-1',
    ...{ hiddenLayers: [64, 64], width: 20, rows: 20_000, task: 'regression' },
    ...{ learningRate: 1e-3, warmUpEpochs: 3 },
  },
  {
    name: 'MLP 20-10×256-1',
    ...{ hiddenLayers: Array.from({ length: 10 }, () => 256), width: 20, rows: 4_096 },
    ...{ task: 'regression', learningRate: 1e-4, warmUpEpochs: 2 },
  },
  {
    name: 'logistic, 1,000 features',
    ...{ hiddenLayers: [], width: 1_000, rows: 8_192, task: 'binary' },
    ...{ learningRate: 1e-3, warmUpEpochs: 3 },
  },
];

const BATCHES = [32, 256, 2_048];

export const cases: readonly Case[] = MODELS.flatMap((model) =>
  BATCHES.map((batchSize) => ({ ...model, batchSize })),
);

/** Multiplications and additions that one row costs: forward, and twice that backward. */
export function flopsPerRow({ hiddenLayers, width }: Case): number {
  const sizes = [width, ...hiddenLayers, 1];
  const kernels = sizes.slice(1).reduce((sum, size, i) => sum + size * (sizes[i] as number), 0);
  return 6 * kernels;
}

/** Normal features [rows, width], and a smooth function of them with noise, or its sign. */
export function dataOf({ rows, width, task }: Case): {
  features: Float32Array;
  targets: Float32Array;
} {
  const random = new RandomStream(7, 'bench');
  const features = Float32Array.from({ length: rows * width }, () => random.normal());
  const weights = Float64Array.from({ length: width }, () => random.normal() / Math.sqrt(width));
  const targets = Float32Array.from({ length: rows }, (_, row) => {
    const sum = weights.reduce((total, weight, i) => {
      return total + weight * (features[row * width + i] as number);
    }, 0);
    const value = Math.sin(2 * sum) + sum + 0.1 * random.normal();
    return task === 'regression' ? value : Number(value > 0);
  });
  return { features, targets };
}
