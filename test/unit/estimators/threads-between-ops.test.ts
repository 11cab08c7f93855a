import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { cnnNetwork } from '../../../src/ml/estimators/cnn/cnn-network.ts';
import type { ProblemShape } from '../../../src/ml/estimators/estimator.ts';
import { mlpNetwork } from '../../../src/ml/estimators/mlp/mlp-network.ts';
import type { Network } from '../../../src/ml/estimators/network/network.ts';
import { NetworkTraining } from '../../../src/ml/estimators/network/network-training.ts';
import { textNetwork } from '../../../src/ml/estimators/recurrent/text-network.ts';
import { hashWeights } from '../../../src/ml/weights.ts';
import { CnnHyperparameters, MlpHyperparameters } from '../../../src/schemas/hyperparameters.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { sampleRows } from '../../support/sample-rows.ts';

const WIDTH = 64;
const [TOKENS, VOCABULARY] = [6, 20];
/** The last batch has two rows, which are fewer than there are parts. */
const [BATCH, ROWS] = [33, 6 * 33 + 2];
const numbers = sampleRows({ task: 'multiclass', rows: ROWS, width: WIDTH });
const tokens = numbers.features.map((value) => Math.abs(Math.trunc(9 * value)) % VOCABULARY);
const texts = new MemoryRows(TOKENS, tokens.subarray(0, ROWS * TOKENS), numbers.targets);
const shapeOf = ({ width, layout }: MemoryRows): ProblemShape => ({
  ...{ task: 'multiclass', width, layout },
  ...{ classes: 3, classCounts: numbers.classCounts(3) },
});
const cnn = CnnHyperparameters.parse({ filters: [4, 5], hiddenLayers: [6] });

let tf: TensorFlow;
beforeAll(async () => {
  // Read when TensorFlow is loaded, which no other test of this process has done.
  process.env['TF_NUM_INTEROP_THREADS'] = '3';
  tf = await loadTensorFlow();
});

interface Case {
  readonly network: Network;
  readonly data: MemoryRows;
}

/** Hash of the weights after some epochs. */
async function train({ network, data }: Case, engine: 'graph' | 'op-by-op'): Promise<string> {
  const hyperparameters = MlpHyperparameters.parse({
    ...{ optimizer: 'adamw', l2: 0.01, dropout: network.maskedUnits.length > 0 ? 0.2 : 0 },
    ...{ batchSize: BATCH, epochs: 4, patience: null },
  });
  const setup = { shape: shapeOf(data), hyperparameters, data, seed: 3 };
  const training = await NetworkTraining.begin(
    tf,
    engine === 'graph' ? setup : { ...setup, engine },
    { network },
  );
  while (!(await training.step()).done);
  const reason =
    engine === 'graph' ? '3 parts of a step are done side by side in graphs alone.' : 'Asked for.';
  expect(training.execution).toEqual({ engine, reason });
  const hash = hashWeights(training.weights());
  training.dispose();
  return hash;
}

const cases: Readonly<Record<string, Case>> = {
  'dense layers, of which one is large': {
    network: mlpNetwork(shapeOf(numbers), { hiddenLayers: [128, 160], activation: 'relu' }),
    data: numbers,
  },
  convolutions: {
    network: cnnNetwork(shapeOf(numbers), { height: 8, width: 8, channels: 1 }, cnn),
    data: numbers,
  },
  'a recurrent layer': {
    network: textNetwork(shapeOf(texts), {
      cell: 'gru',
      vocabulary: VOCABULARY,
      embedding: 4,
      units: 8,
    }),
    data: texts,
  },
};
test.each(Object.entries(cases))(
  '%s: what threads do side by side has the bits of what is done one part after another',
  async (_, given) => {
    const opByOp = await train(given, 'op-by-op');
    expect(await train(given, 'graph')).toBe(opByOp);
    expect(await train(given, 'graph')).toBe(opByOp);
  },
);
