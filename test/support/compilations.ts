import { readdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import type { TensorFlow } from '../../src/ml/backend.ts';
import { mlpNetwork } from '../../src/ml/estimators/mlp/mlp-network.ts';
import { NetworkStep } from '../../src/ml/estimators/network/network-step.ts';
import { compile } from '../../src/ml/graph/compile.ts';
import { EagerStep } from '../../src/ml/graph/eager-step.ts';
import { nativeBackend } from '../../src/ml/graph/native-backend.ts';
import type { Values } from '../../src/ml/graph/step-runner.ts';
import { MlpHyperparameters } from '../../src/schemas/hyperparameters.ts';
import { numbersOnly } from './memory-rows.ts';

const shape = {
  task: 'regression',
  layout: numbersOnly(20),
  width: 20,
  classes: 0,
  classCounts: [],
} as const;
/** One layer: TensorFlow's time to make a graph ready is by its nodes. */
const hyperparameters = MlpHyperparameters.parse({ hiddenLayers: [64], dropout: 0.1 });
const STEPS = 2;
const BATCH = 8;

const networkStep = (): NetworkStep =>
  new NetworkStep({
    ...{ network: mlpNetwork(shape, hyperparameters), shape, hyperparameters },
    ...{ seed: 1, parts: 1, hasTable: false },
  });

/** Zeros for `STEPS` steps. */
const inputsOf = (step: NetworkStep): Values => ({
  features: new Float32Array(STEPS * BATCH * shape.width),
  wanted: new Float32Array(STEPS * BATCH),
  errorFactor: new Float32Array(STEPS),
  ...Object.fromEntries(
    Object.keys(step.numbers({ learningRate: 1, iteration: 1 })).map((name) => [
      name,
      name === 'iteration' ? new Int32Array(STEPS) : new Float32Array(STEPS),
    ]),
  ),
});

/** Compiles a network's step, does two steps of it and disposes of it, so many times. */
export function compileOften(tf: TensorFlow, times: number): void {
  const step = networkStep();
  for (let i = 0; i < times; i++) {
    const compiled = compile(tf, step);
    compiled.run(STEPS, inputsOf(step));
    compiled.dispose();
  }
}

/** Does two steps of a network op by op, so many times. */
export function stepOften(tf: TensorFlow, times: number): void {
  const step = networkStep();
  const runner = new EagerStep(tf, step);
  const state = Object.entries(step.state).map(
    ([name, { shape: sizes, dtype }]) => [name, tf.zeros([...sizes], dtype)] as const,
  );
  runner.write(Object.fromEntries(state));
  for (let i = 0; i < times; i++) runner.run(STEPS, inputsOf(step));
  runner.dispose();
  tf.dispose(state.map(([, tensor]) => tensor));
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
