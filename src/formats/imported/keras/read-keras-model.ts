import { strFromU8, unzipSync } from 'fflate';
import type { Dataset, File, Group } from 'h5wasm';
import { z } from 'zod';
import { InputError } from '../../../errors.ts';
import { readH5 } from '../../keras/h5.ts';

/** An array of weights, as the file has it. */
export interface KerasWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface KerasLayerSpec {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order in which Keras makes them: kernel, bias, … */
  readonly weights: readonly KerasWeight[];
}

/** A Sequential model, as its file tells it: no code of the file's is run to read it. */
export interface KerasModel {
  readonly version: string;
  /** Of one row. */
  readonly inputShape: readonly (number | null)[];
  /** Without the input layer. */
  readonly layers: readonly KerasLayerSpec[];
}

const LayerConfig = z.object({
  class_name: z.string(),
  module: z.string().nullish(),
  registered_name: z.string().nullish(),
  config: z.looseObject({ name: z.string().optional() }),
});
type LayerConfig = z.infer<typeof LayerConfig>;
const ModelConfig = z.object({
  class_name: z.string(),
  config: z.union([z.object({ layers: z.array(LayerConfig) }), z.array(LayerConfig)]),
});
const Shape = z.array(z.int().positive().nullable()).min(1);

/** Reads `.keras` (Keras 3) or `.h5` (Keras 2 and 3). */
export const readKerasModel = (
  bytes: Uint8Array,
  format: 'keras' | 'keras-h5',
): Promise<KerasModel> => (format === 'keras' ? readArchive(bytes) : readLegacy(bytes));

const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';
const METADATA = 'metadata.json';

async function readArchive(bytes: Uint8Array): Promise<KerasModel> {
  const files = unzipped(bytes);
  const [config, weights, metadata] = [files[CONFIG], files[WEIGHTS], files[METADATA]];
  if (config === undefined || weights === undefined) {
    throw corrupt(`an archive with ${CONFIG} and ${WEIGHTS}`);
  }
  const layers = parseConfig(strFromU8(config));
  const paths = weightPaths(layers.map(({ class_name: name }) => name));
  const { keras_version: version = '3' } = jsonOf(strFromU8(metadata ?? Buffer.from('{}'))) as {
    keras_version?: string;
  };
  return readFile(weights, (file) =>
    modelOf(layers, version, (_, index) => {
      const path = `layers/${paths[index]}`;
      return WHERE_VARIABLES.flatMap((inner) => readVariables(file, `${path}/${inner}`));
    }),
  );
}

/** Of a layer's own, of its cell, and of both directions. */
const WHERE_VARIABLES = [
  'vars',
  'cell/vars',
  'forward_layer/cell/vars',
  'backward_layer/cell/vars',
];

function unzipped(bytes: Uint8Array): Record<string, Uint8Array> {
  try {
    const wanted = [CONFIG, WEIGHTS, METADATA];
    return unzipSync(bytes, { filter: ({ name }) => wanted.includes(name) });
  } catch (error) {
    throw corrupt('a .keras archive, which is a ZIP', error);
  }
}

function readVariables(file: File, path: string): KerasWeight[] {
  const group = groupAt(file, path);
  if (group === null) return [];
  return Array.from({ length: group.keys().length }, (_, index) =>
    weightOf(datasetAt(file, `${path}/${index}`), `${path}/${index}`),
  );
}

/** Keras names a layer's weights by its class, numbered from the second on: dense, dense_1, … */
function weightPaths(classNames: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classNames.map((className) => {
    const stem = className
      .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase();
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return count === 0 ? stem : `${stem}_${count}`;
  });
}

const readLegacy = (bytes: Uint8Array): Promise<KerasModel> =>
  readFile(bytes, (file) => {
    const config = file.attrs['model_config']?.value;
    if (typeof config !== 'string') {
      throw corrupt(
        "the attribute 'model_config', which a whole model has and weights alone do not",
      );
    }
    const version = file.attrs['keras_version']?.value;
    const layers = parseConfig(config);
    return modelOf(layers, typeof version === 'string' ? version : '2', (name) => {
      const group = `model_weights/${name}`;
      const names = groupAt(file, group)?.attrs['weight_names']?.value;
      return Array.isArray(names)
        ? names.map((weight) => {
            const path = `${group}/${weight as string}`;
            return weightOf(datasetAt(file, path), path);
          })
        : [];
    });
  });

function readFile<T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  return readH5(bytes, read).catch((error: unknown) => {
    throw error instanceof InputError ? error : corrupt('weights in HDF5', error);
  });
}

const groupAt = (file: File, path: string) => file.get(path) as Group | null;
const datasetAt = (file: File, path: string) => file.get(path) as Dataset | null;

function weightOf(dataset: Dataset | null, path: string): KerasWeight {
  const values = dataset?.value;
  // A count, such as Normalization has, is a number by itself.
  if (typeof values === 'number' || typeof values === 'bigint') {
    return { shape: [], values: Float32Array.of(Number(values)) };
  }
  if (!(values instanceof Float32Array || values instanceof Float64Array)) {
    throw corrupt(`float weights in '${path}'`);
  }
  return { shape: dataset?.shape ?? [], values: Float32Array.from(values) };
}

function parseConfig(text: string): LayerConfig[] {
  const parsed = ModelConfig.safeParse(jsonOf(text));
  if (!parsed.success) throw corrupt('the configuration of a Keras model');
  const { class_name: className, config } = parsed.data;
  if (className !== 'Sequential') {
    throw refusal(
      `the class ${className}`,
      'a Sequential model: layers one after another',
      'Build it as keras.Sequential, or import it as ONNX or SavedModel (model.export).',
    );
  }
  return Array.isArray(config) ? config : config.layers;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt('a configuration in JSON', error);
  }
}

function modelOf(
  configs: readonly LayerConfig[],
  version: string,
  weightsOf: (name: string, index: number) => KerasWeight[],
): KerasModel {
  configs.forEach(refuseCode);
  const [first] = configs;
  const shape = Shape.safeParse(
    first?.config['batch_shape'] ?? first?.config['batch_input_shape'] ?? null,
  );
  if (!shape.success) {
    throw refusal(
      'no input shape',
      'a model that was built',
      'Add keras.Input(…) as its first layer.',
    );
  }
  return {
    version,
    inputShape: shape.data.slice(1),
    layers: configs.flatMap((layer, index) => {
      if (layer.class_name === 'InputLayer') return [];
      const name = layer.config.name ?? `layer ${index}`;
      const { class_name: className, config } = layer;
      return [{ className, name, config, weights: weightsOf(name, index) }];
    }),
  };
}

/** Layers that are code of their own: what is serialised of it is never run here. */
function refuseCode({ class_name: className, module, registered_name: registered }: LayerConfig) {
  if (className === 'Lambda') {
    throw refusal(
      'a Lambda layer',
      'layers without code of their own: a Lambda holds Python bytecode, which is never run here',
      'Write it with layers of Keras, or import the model as ONNX or SavedModel.',
    );
  }
  const isForeign = typeof module === 'string' && !/^(tf_)?keras(\.|$)/.test(module);
  if (isForeign || (typeof registered === 'string' && registered !== className)) {
    throw refusal(
      `a custom layer ${registered ?? className}`,
      'layers of Keras: the code of custom ones is not in the file',
      'Write it with layers of Keras, or import the model as ONNX or SavedModel.',
    );
  }
}

export const refusal = (value: string, expected: string, remedy: string): InputError =>
  new InputError({ code: 'UnfitModel', field: 'model', value, expected, remedy });

const corrupt = (expected: string, cause?: unknown): InputError =>
  new InputError(
    {
      code: 'CorruptModel',
      field: 'model',
      value: cause instanceof Error ? cause.message : 'the file',
      expected,
      remedy: 'Save the model again, by model.save of Keras.',
    },
    { cause },
  );
