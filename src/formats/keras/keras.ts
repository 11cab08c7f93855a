import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFormat } from '../model-format.ts';
import type { Network } from '../network.ts';
import { networkRunner } from '../network-runner.ts';
import type { NetworkModel } from '../portable-model.ts';
import { unzip, zip } from '../zip.ts';
import { readH5, writeH5 } from './h5.ts';
import { fromKerasLayers, inputConfig, type KerasLayer, toKerasLayers } from './keras-layers.ts';

const MODEL = 'model.keras';
const KERAS_VERSION = '3.3.3';
/** Keras writes when a model was saved; the same model gives the same bytes here. */
const DATE_SAVED = '1980-01-01@00:00:00';

/** Keras 3: a ZIP of a configuration and of weights in HDF5. */
export const keras: ModelFormat<NetworkModel> = {
  name: 'keras',
  title: 'Keras 3 (.keras)',
  formatVersion: `Keras ${KERAS_VERSION}`,
  holds: ['network'],
  takes: 'features',
  async write({ network, package: { name } }) {
    const layers = toKerasLayers(network);
    const bytes = zip({
      'metadata.json': encode({ keras_version: KERAS_VERSION, date_saved: DATE_SAVED }),
      'config.json': encode(sequentialConfig(network, layers, name)),
      'model.weights.h5': await encodeWeights(layers),
    });
    return [{ path: MODEL, bytes, mediaType: 'application/zip', purpose: 'the model' }];
  },
  async open(folder) {
    return networkRunner(await readKeras(await readFile(join(folder, MODEL))));
  },
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));

function sequentialConfig(network: Network, layers: readonly KerasLayer[], name: string) {
  const { shape, ...input } = inputConfig(network);
  const layer = (className: string, config: object, buildShape?: readonly (number | null)[]) => ({
    module: 'keras.layers',
    class_name: className,
    config,
    registered_name: null,
    ...(buildShape && { build_config: { input_shape: buildShape } }),
  });
  return {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name,
      trainable: true,
      layers: [
        layer('InputLayer', { batch_shape: shape, ...input }),
        ...layers.map(({ className, config, weights: [kernel] }) =>
          kernel === undefined
            ? layer(className, config)
            : layer(className, config, [null, kernel.shape[0] as number]),
        ),
      ],
      build_input_shape: shape,
    },
    registered_name: null,
    build_config: { input_shape: shape },
  };
}

const encodeWeights = (layers: readonly KerasLayer[]): Promise<Uint8Array> =>
  writeH5((file) => {
    const root = file.create_group('layers');
    for (const [path, { weights }] of weightPaths(layers)) {
      const group = root.create_group(path);
      const variables = group.create_group('vars');
      weights.forEach(({ values, shape }, index) => {
        variables.create_dataset({ name: String(index), data: values, shape: [...shape] });
      });
    }
  });

/** Keras names a layer's weights by its class, numbered from the second on: dense, dense_1, … */
function weightPaths<T extends { readonly className: string }>(layers: readonly T[]) {
  const counts = new Map<string, number>();
  return layers.map((layer): [string, T] => {
    const stem = layer.className.toLowerCase();
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return [count === 0 ? stem : `${stem}_${count}`, layer];
  });
}

interface SequentialConfig {
  config: { layers: { class_name: string; config: { name: string } }[] };
}

/** Reads a Sequential model of dense layers. */
async function readKeras(bytes: Uint8Array): Promise<Network> {
  const files = unzip(bytes);
  const [json, weights] = [files['config.json'], files['model.weights.h5']];
  if (json === undefined || weights === undefined) {
    throw new Error('A .keras archive holds config.json and model.weights.h5; this one does not.');
  }
  const { config } = JSON.parse(Buffer.from(json).toString('utf8')) as SequentialConfig;
  const layers = config.layers.map((layer) => ({ ...layer, className: layer.class_name }));
  const paths = new Map(weightPaths(layers).map(([path, each]) => [each.config.name, path]));
  return readH5(weights, (file) =>
    fromKerasLayers(layers, (layer, index) => {
      const dataset = file.get(`layers/${paths.get(layer)}/vars/${index}`);
      return (dataset as { value: Float32Array | Float64Array }).value;
    }),
  );
}
