import type { Tensor } from '@tensorflow/tfjs';
import { loadTensorFlow } from '../../../ml/backend.ts';
import { type ForeignRuntime, feedShape, type ModelFiles } from '../foreign-runtime.ts';
import { layerFunction } from './layer-functions.ts';
import { type KerasWeight, readKerasModel, refusal } from './read-keras-model.ts';

export const KERAS_INPUT = 'input';
export const KERAS_OUTPUT = 'output';

/** Runs a Sequential model of Keras by TensorFlow.js, layer after layer. */
export async function openKerasModel(
  { paths, read }: ModelFiles,
  format: 'keras' | 'keras-h5',
): Promise<ForeignRuntime> {
  const model = await readKerasModel(await read(paths[0] as string), format);
  const tf = await loadTensorFlow();
  const weights: Tensor[] = [];
  const tensorOf = ({ values, shape }: KerasWeight): Tensor => {
    const tensor = tf.tensor(values, [...shape]);
    weights.push(tensor);
    return tensor;
  };
  const layers = model.layers.map((layer) => layerFunction(tf, layer, tensorOf));
  const input = {
    name: KERAS_INPUT,
    dtype: 'float32',
    shape: [null, ...model.inputShape],
  } as const;
  return {
    runtime: `sevenfold, on TensorFlow.js ${tf.version_core}; written by Keras ${model.version}`,
    inputs: [input],
    outputs: [{ name: KERAS_OUTPUT, dtype: 'float32', shape: null }],
    async run([feed], rows) {
      if (feed === undefined || !(feed.values instanceof Float64Array)) {
        throw refusal('text', 'numbers, which layers of Keras take', "Encode it as 'index'.");
      }
      const values = Float32Array.from(feed.values);
      const shape = feedShape(input, feed.width, rows) as number[];
      const output = tf.tidy(() =>
        layers.reduce((flowing: Tensor, layer) => layer(flowing), tf.tensor(values, shape)),
      );
      const data = await output.data();
      output.dispose();
      return data;
    },
    dispose: async () => tf.dispose(weights),
  };
}
