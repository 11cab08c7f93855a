import { cnnNetwork } from '../../src/ml/estimators/cnn/cnn-network.ts';
import type { ProblemShape } from '../../src/ml/estimators/estimator.ts';
import { mlpNetwork } from '../../src/ml/estimators/mlp/mlp-network.ts';
import type { Network } from '../../src/ml/estimators/network/network.ts';
import { textNetwork } from '../../src/ml/estimators/recurrent/text-network.ts';
import { RandomStream } from '../../src/ml/random.ts';
import { numbersOnly } from '../../test/support/memory-rows.ts';

/** What is between features and outputs. */
type Layers =
  | { readonly kind: 'dense'; readonly hiddenLayers: readonly number[] }
  /** Features are tokens: an embedding, a recurrent layer, one dense layer on its last output. */
  | {
      readonly kind: 'text';
      readonly cell: 'gru' | 'lstm';
      readonly vocabulary: number;
      readonly embedding: number;
      readonly units: number;
    }
  /** Features are an image, or a series, which is one pixel high: convolutions, each with max pooling by two, then dense layers. */
  | {
      readonly kind: 'convolutions';
      readonly height: number;
      readonly filters: readonly number[];
      readonly kernel: { readonly height: number; readonly width: number };
      readonly hiddenLayers: readonly number[];
    };

/** A model and a batch size that every contender trains, with Adam at this rate. */
export interface Case {
  readonly name: string;
  readonly layers: Layers;
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
    layers: { kind: 'dense', hiddenLayers: [64, 64] },
    ...{ width: 20, rows: 20_000, task: 'regression', learningRate: 1e-3, warmUpEpochs: 3 },
  },
  {
    name: 'MLP 20-10×256-1',
    layers: { kind: 'dense', hiddenLayers: Array.from({ length: 10 }, () => 256) },
    ...{ width: 20, rows: 4_096, task: 'regression', learningRate: 1e-4, warmUpEpochs: 2 },
  },
  {
    name: 'logistic, 1,000 features',
    layers: { kind: 'dense', hiddenLayers: [] },
    ...{ width: 1_000, rows: 8_192, task: 'binary', learningRate: 1e-3, warmUpEpochs: 3 },
  },
  {
    name: 'GRU text, 64 tokens',
    layers: { kind: 'text', cell: 'gru', vocabulary: 1_000, embedding: 64, units: 64 },
    ...{ width: 64, rows: 4_096, task: 'binary', learningRate: 3e-3, warmUpEpochs: 3 },
  },
  {
    name: 'LSTM text, 64 tokens',
    layers: { kind: 'text', cell: 'lstm', vocabulary: 1_000, embedding: 64, units: 64 },
    ...{ width: 64, rows: 4_096, task: 'binary', learningRate: 3e-3, warmUpEpochs: 3 },
  },
  {
    name: '1-D CNN, 128 steps',
    layers: {
      ...{ kind: 'convolutions', height: 1, filters: [32, 64], hiddenLayers: [64] },
      kernel: { height: 1, width: 5 },
    },
    ...{ width: 128, rows: 8_192, task: 'regression', learningRate: 1e-3, warmUpEpochs: 3 },
  },
  {
    name: '2-D CNN, 28×28',
    layers: {
      ...{ kind: 'convolutions', height: 28, filters: [16, 32], hiddenLayers: [64] },
      kernel: { height: 3, width: 3 },
    },
    ...{ width: 784, rows: 4_096, task: 'regression', learningRate: 1e-3, warmUpEpochs: 3 },
  },
];

const BATCHES = [32, 256, 2_048];

export const cases: readonly Case[] = MODELS.flatMap((model) =>
  BATCHES.map((batchSize) => ({ ...model, batchSize })),
);

export const shapeOf = ({ task, width }: Case): ProblemShape => ({
  ...{ task, width, classes: task === 'binary' ? 2 : 0, classCounts: [] },
  layout: numbersOnly(width),
});

/** The network as Sevenfold trains it. */
export function networkOf(given: Case): Network {
  const { layers, width } = given;
  const shape = shapeOf(given);
  switch (layers.kind) {
    case 'dense':
      return mlpNetwork(shape, { hiddenLayers: [...layers.hiddenLayers], activation: 'relu' });
    case 'text':
      return textNetwork(shape, layers);
    case 'convolutions': {
      const { height, filters, kernel, hiddenLayers } = layers;
      return cnnNetwork(
        shape,
        { height, width: width / height, channels: 1 },
        {
          ...{ filters: [...filters], hiddenLayers: [...hiddenLayers] },
          ...{ kernelSize: kernel, activation: 'relu' },
        },
      );
    }
  }
}

/** Multiplications and additions that one row costs: forward, and twice that backward. */
export const flopsPerRow = (given: Case): number => 6 * networkOf(given).multiplications;

interface Data {
  readonly features: Float32Array;
  readonly targets: Float32Array;
}

export const dataOf = (given: Case): Data =>
  given.layers.kind === 'text' ? textsOf(given, given.layers.vocabulary) : numbersOf(given);

/** Random tokens; what the later of two kinds of them are decides. */
function textsOf({ rows, width }: Case, vocabulary: number): Data {
  const random = new RandomStream(7, 'bench-texts');
  const features = Float32Array.from({ length: rows * width }, () => random.below(vocabulary));
  const targets = Float32Array.from({ length: rows }, (_, row) => {
    let mood = 0;
    for (const token of features.subarray(row * width, (row + 1) * width)) {
      mood = 0.9 * mood + (token % 10 === 0 ? 1 : token % 10 === 1 ? -1 : 0);
    }
    return Number(mood > 0);
  });
  return { features, targets };
}

/** Normal features [rows, width], and a smooth function of them with noise, or its sign. */
function numbersOf({ rows, width, task }: Case): Data {
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
