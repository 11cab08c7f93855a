import { FEATURES_NAME } from '../exported-tensors.ts';
import { type DenseLayer, type Network, rescalingOf } from '../network.ts';

/** One layer of a Keras model: its class, its configuration, and its weights, kernel first. */
export interface KerasLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: Float32Array | Float64Array;
  }[];
}

/** The network as layers of a Sequential model, without the input layer. */
export function toKerasLayers(network: Network): KerasLayer[] {
  const dtype = network.precision;
  const layers: KerasLayer[] = network.layers.map((layer, i) => denseLayer(layer, i, dtype));
  const rescaling = rescalingOf(network);
  if (rescaling === null) return layers;
  const common = { trainable: false, dtype };
  layers.push({
    className: 'Rescaling',
    config: { name: 'original_units', ...common, scale: rescaling.scale, offset: rescaling.shift },
    weights: [],
  });
  if (rescaling.log) {
    layers.push(
      {
        className: 'Activation',
        config: { name: 'exponential', ...common, activation: 'exponential' },
        weights: [],
      },
      {
        className: 'Rescaling',
        config: { name: 'minus_one', ...common, scale: 1, offset: -1 },
        weights: [],
      },
    );
  }
  return layers;
}

function denseLayer(layer: DenseLayer, index: number, dtype: string): KerasLayer {
  const { inputs, units, kernel, bias, activation } = layer;
  const initializer = (className: string) => ({ class_name: className, config: {} });
  return {
    className: 'Dense',
    config: {
      name: `dense_${index}`,
      trainable: true,
      dtype,
      units,
      activation,
      use_bias: true,
      kernel_initializer: initializer('GlorotUniform'),
      bias_initializer: initializer('Zeros'),
    },
    weights: [
      { name: 'kernel', shape: [inputs, units], values: kernel },
      { name: 'bias', shape: [units], values: bias },
    ],
  };
}

export const inputConfig = ({ width, precision }: Network) => ({
  name: FEATURES_NAME,
  dtype: precision,
  shape: [null, width],
});

/** Finds the values of a layer's weight: 0 is the kernel, 1 the bias. */
type ReadWeight = (layer: string, index: number) => Float32Array | Float64Array;

interface LayerConfig {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Reads the network back from a Sequential model's configuration. */
export function fromKerasLayers(layers: readonly LayerConfig[], weight: ReadWeight): Network {
  const dense: DenseLayer[] = [];
  let [scale, shift, log, isRegression] = [1, 0, false, true];
  let width = 0;
  for (const { class_name: className, config } of layers) {
    if (className === 'InputLayer') continue;
    if (className === 'Dense') {
      const units = Number(config['units']);
      const name = String(config['name']);
      const kernel = weight(name, 0);
      const inputs = kernel.length / units;
      const activation = config['activation'] as DenseLayer['activation'];
      if (dense.length === 0) width = inputs;
      dense.push({ inputs, units, kernel, bias: weight(name, 1), activation });
      isRegression = activation !== 'softmax';
    } else if (className === 'Rescaling' && config['name'] === 'original_units') {
      [scale, shift] = [Number(config['scale']), Number(config['offset'])];
    } else if (className === 'Activation' && config['activation'] === 'exponential') {
      log = true;
    } else if (className !== 'Rescaling') {
      throw new RangeError(`A Keras layer of the class ${className} can't be read.`);
    }
  }
  const precision = dense[0]?.kernel instanceof Float64Array ? 'float64' : 'float32';
  return {
    width,
    precision,
    layers: dense,
    targetScale: isRegression ? { scale, shift, log } : null,
  };
}
