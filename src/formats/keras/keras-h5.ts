import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFormat } from '../model-format.ts';
import type { Network } from '../network.ts';
import { networkRunner } from '../network-runner.ts';
import type { NetworkModel } from '../portable-model.ts';
import { readH5, writeH5 } from './h5.ts';
import { fromKerasLayers, inputConfig, type KerasLayer, toKerasLayers } from './keras-layers.ts';

const MODEL = 'model.h5';
/** The last release before Keras 3: all that read this format know its configurations. */
const KERAS_VERSION = '2.15.0';
const MARKS = { keras_version: KERAS_VERSION, backend: 'tensorflow' } as const;

/** Keras 2's single HDF5 file, which Keras 3 reads, too. */
export const kerasH5: ModelFormat<NetworkModel> = {
  name: 'keras-h5',
  title: 'Keras HDF5 (.h5)',
  formatVersion: `Keras ${KERAS_VERSION}`,
  holds: ['network'],
  takes: 'features',
  async write({ network, package: { name } }) {
    const bytes = await encodeH5(network, name);
    return [{ path: MODEL, bytes, mediaType: 'application/x-hdf5', purpose: 'the model' }];
  },
  async open(folder) {
    return networkRunner(await readKerasH5(await readFile(join(folder, MODEL))));
  },
};

function encodeH5(network: Network, name: string): Promise<Uint8Array> {
  const layers = toKerasLayers(network);
  return writeH5((file) => {
    for (const [key, value] of Object.entries(MARKS)) file.create_attribute(key, value);
    file.create_attribute('model_config', JSON.stringify(sequentialConfig(network, layers, name)));
    const root = file.create_group('model_weights');
    for (const [key, value] of Object.entries(MARKS)) root.create_attribute(key, value);
    root.create_attribute(
      'layer_names',
      layers.map(({ config }) => config.name),
    );
    for (const { config, weights } of layers) {
      const group = root.create_group(config.name);
      const names = weights.map((weight) => `${config.name}/${weight.name}:0`);
      // An empty list of texts has no type that Keras reads.
      if (names.length === 0) group.create_attribute('weight_names', Float64Array.of(), [0]);
      else group.create_attribute('weight_names', names);
      const inner = names.length === 0 ? group : group.create_group(config.name);
      for (const weight of weights) {
        inner.create_dataset({
          name: `${weight.name}:0`,
          data: weight.values,
          shape: [...weight.shape],
        });
      }
    }
  });
}

function sequentialConfig(network: Network, layers: readonly KerasLayer[], name: string) {
  const { shape, ...input } = inputConfig(network);
  return {
    class_name: 'Sequential',
    config: {
      name,
      layers: [
        {
          class_name: 'InputLayer',
          config: { batch_input_shape: shape, ...input, sparse: false, ragged: false },
        },
        ...layers.map(({ className, config }) => ({ class_name: className, config })),
      ],
    },
  };
}

function readKerasH5(bytes: Uint8Array): Promise<Network> {
  return readH5(bytes, (file) => {
    const { config } = JSON.parse(file.attrs['model_config']?.value as string) as {
      config: { layers: { class_name: string; config: { name: string } }[] };
    };
    return fromKerasLayers(config.layers, (layer, index) => {
      const weight = index === 0 ? 'kernel' : 'bias';
      const dataset = file.get(`model_weights/${layer}/${layer}/${weight}:0`);
      return (dataset as { value: Float32Array | Float64Array }).value;
    });
  });
}
