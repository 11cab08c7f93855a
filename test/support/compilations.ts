import { readdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import type { TensorFlow } from '../../src/ml/backend.ts';
import { mlpNetwork } from '../../src/ml/estimators/mlp/mlp-network.ts';
import { NetworkStep } from '../../src/ml/estimators/network/network-step.ts';
import { compile } from '../../src/ml/graph/compile.ts';
import { nativeBackend } from '../../src/ml/graph/native-backend.ts';
import { MlpHyperparameters } from '../../src/schemas/hyperparameters.ts';
import { numbersOnly } from './memory-rows.ts';

const shape = {
  task: 'regression',
  layout: numbersOnly(20),
  width: 20,
  classes: 0,
  classCounts: [],
} as const;
const hyperparameters = MlpHyperparameters.parse({ hiddenLayers: [64, 64], dropout: 0.1 });

/** Compiles a network's step, does two steps of it and disposes of it, so many times. */
export function compileOften(tf: TensorFlow, times: number): void {
  const network = mlpNetwork(shape, hyperparameters);
  const setup = {
    network,
    shape,
    hyperparameters,
    seed: 1,
    hasTable: false,
    parts: 1,
  } as const;
  const step = new NetworkStep(setup);
  const numbers = Object.keys(step.numbers({ learningRate: 1, iteration: 1 })).map(
    (name) => [name, name === 'iteration' ? new Int32Array(2) : new Float32Array(2)] as const,
  );
  for (let i = 0; i < times; i++) {
    const compiled = compile(tf, step);
    compiled.run(2, {
      features: new Float32Array(2 * 8 * shape.width),
      wanted: new Float32Array(2 * 8),
      errorFactor: new Float32Array(2),
      ...Object.fromEntries(numbers),
    });
    compiled.dispose();
  }
}

/** What compilations could leave behind. */
export async function leftovers(tf: TensorFlow) {
  const backend = nativeBackend(tf);
  const files = await readdir(tmpdir());
  return {
    sessions: backend.getNumOfSavedModels(),
    tensors: tf.memory().numTensors,
    nativeTensors: backend.getNumOfTFTensors(),
    folders: files.filter((name) =>
      name.startsWith(`sevenfold-graph-${hostname()}~${process.pid}~`),
    ).length,
  };
}
