import { inputConfig, toKerasLayers } from '../keras/keras-layers.ts';
import type { ModelFormat } from '../model-format.ts';
import type { Network } from '../network.ts';
import type { NetworkModel } from '../portable-model.ts';
import { openTfjs, tfjsFiles } from './tfjs-artifacts.ts';

/** TensorFlow.js layers model: Keras' layers, in the browser too. */
export const layersModel: ModelFormat<NetworkModel> = {
  name: 'tfjs-layers',
  title: 'TensorFlow.js layers model',
  formatVersion: 'layers-model, TensorFlow.js 4',
  holds: ['network'],
  takes: 'features',
  refusal: ({ network }) =>
    network.targetScale?.log === true
      ? 'has no layer for the exponential that a target on a log scale needs'
      : null,
  async write({ network, package: { name } }) {
    const single: Network = { ...network, precision: 'float32' };
    const { shape, ...input } = inputConfig(single);
    const layers = toKerasLayers(single);
    const modelTopology = {
      class_name: 'Sequential',
      config: {
        name,
        layers: [
          {
            class_name: 'InputLayer',
            config: { batch_input_shape: shape, ...input, sparse: false },
          },
          ...layers.map(({ className, config }) => ({ class_name: className, config })),
        ],
      },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    };
    const weights = layers.flatMap((layer) =>
      layer.weights.map(({ name: weight, shape: size, values }) => ({
        name: `${layer.config.name}/${weight}`,
        shape: size,
        values: Float32Array.from(values),
      })),
    );
    return tfjsFiles({ format: 'layers-model', modelTopology }, weights);
  },
  open: (folder) => openTfjs(folder, 'loadLayersModel'),
};
