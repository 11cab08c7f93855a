import type { Activation } from '../../../ml/estimators/network/activation.ts';
import { type KerasLayerSpec, type KerasModel, refusal } from '../keras/read-keras-model.ts';

/** A dense layer in double precision, so that what is folded into it is rounded once. */
export interface ChainLayer {
  readonly units: number;
  /** [inputs, units], row-major */
  kernel: Float64Array;
  /** [units] */
  bias: Float64Array;
}

/** What a Sequential model of dense layers comes down to: what our MLPs are. */
export interface DenseChain {
  /** Inputs of the first layer. */
  readonly width: number;
  /** The last one gives scores, without an activation. */
  readonly layers: readonly ChainLayer[];
  /** Of all hidden layers; null where there are none. */
  readonly activation: Activation | null;
  /** What is done with the scores; expm1 is eˣ − 1, by which a log scale is left. */
  readonly output: 'linear' | 'softmax' | 'sigmoid' | 'expm1';
  /** Rate of dropout after hidden layers, where it is one. */
  readonly dropout: number | null;
}

/** factor · x + offset, of each value of a layer. */
interface Affine {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

/**
 * Takes a model apart into dense layers. Normalisation, with the statistics that it has, is folded
 * into the layer before it or after it: the same function, which is then trained on as a whole.
 * @throws InputError that names the layer which an MLP has no place for
 */
export function toDenseChain({ layers, inputShape }: KerasModel): DenseChain {
  const [width, ...others] = inputShape;
  if (typeof width !== 'number' || others.length > 0) {
    throw unfit(
      `an input [${inputShape.map((size) => size ?? '?').join(', ')}]`,
      'one row of numbers',
    );
  }
  const chain = new ChainBuilder(width);
  for (const layer of layers) chain.add(layer);
  return chain.finish();
}

class ChainBuilder {
  readonly #width: number;
  readonly #layers: (ChainLayer & { activation: string })[] = [];
  readonly #rates: number[] = [];
  /** Of the values since the last activation, for the next layer. */
  #pending: Affine | null = null;

  constructor(width: number) {
    this.#width = width;
  }

  add(layer: KerasLayerSpec): void {
    const { className, config } = layer;
    switch (className) {
      case 'Dense':
        return this.#dense(layer);
      case 'BatchNormalization':
      case 'Normalization':
      case 'Rescaling':
        return this.#normalise(affineOf(layer, this.#units));
      case 'Activation':
        return this.#activate(String(config['activation']), layer);
      case 'ReLU':
        return this.#activate('relu', layer);
      case 'Softmax':
        return this.#activate('softmax', layer);
      case 'Dropout':
        if (this.#layers.length > 0) this.#rates.push(Number(config['rate']));
        return undefined;
      case 'Flatten':
        return undefined;
      default:
        throw unfit(
          `the layer '${layer.name}' of the class ${className}`,
          'Dense, Activation, ReLU, Softmax, Dropout, BatchNormalization, Normalization, Rescaling and Flatten: an MLP has no place for others',
        );
    }
  }

  finish(): DenseChain {
    const last = this.#layers.at(-1);
    if (last === undefined) throw unfit('no Dense layer', 'one Dense layer at least');
    const output = this.#output(last.activation);
    const hidden = [...new Set(this.#layers.slice(0, -1).map(({ activation }) => activation))];
    const [activation = null] = hidden;
    if (
      hidden.length > 1 ||
      (activation !== null && activation !== 'relu' && activation !== 'tanh')
    ) {
      throw unfit(`the activations ${hidden.join(', ')}`, 'relu, or tanh, for all hidden layers');
    }
    const rates = new Set(this.#rates);
    const isEverywhere = this.#rates.length === this.#layers.length - 1;
    return {
      width: this.#width,
      layers: this.#layers.map(({ units, kernel, bias }) => ({ units, kernel, bias })),
      activation,
      output,
      dropout: rates.size === 1 && isEverywhere ? (this.#rates[0] as number) : null,
    };
  }

  #output(activation: string): DenseChain['output'] {
    const pending = this.#pending;
    if (activation === 'exponential' && pending !== null && isMinusOne(pending)) return 'expm1';
    if (pending !== null) throw unfit('a layer after the last activation', 'outputs as they are');
    if (activation === 'linear' || activation === 'softmax' || activation === 'sigmoid') {
      return activation;
    }
    throw unfit(`'${activation}' of the last layer`, 'linear, softmax or sigmoid');
  }

  get #units(): number {
    return this.#layers.at(-1)?.units ?? this.#width;
  }

  #dense({ config, weights, name }: KerasLayerSpec): void {
    const [kernel, bias] = weights;
    const inputs = this.#units;
    const units = Number(config['units']);
    if (kernel?.values.length !== inputs * units) {
      throw unfit(`the weights of '${name}'`, `a kernel of ${inputs} × ${units}`);
    }
    const layer = {
      units,
      kernel: Float64Array.from(kernel.values),
      bias: bias === undefined ? new Float64Array(units) : Float64Array.from(bias.values),
      activation: String(config['activation']),
    };
    if (this.#pending !== null) foldBefore(layer, this.#pending);
    this.#pending = null;
    this.#layers.push(layer);
  }

  /** Into the layer before it, where no activation is between; else it waits for the next one. */
  #normalise({ factor, offset }: Affine): void {
    const last = this.#layers.at(-1);
    if (last !== undefined && last.activation === 'linear') {
      last.kernel = last.kernel.map((value, i) => value * (factor[i % last.units] as number));
      last.bias = last.bias.map(
        (value, i) => value * (factor[i] as number) + (offset[i] as number),
      );
      return;
    }
    const before = this.#pending;
    this.#pending = {
      factor: factor.map((value, i) => value * (before?.factor[i] ?? 1)),
      offset: offset.map((value, i) => value + (factor[i] as number) * (before?.offset[i] ?? 0)),
    };
  }

  #activate(name: string, layer: KerasLayerSpec): void {
    const last = this.#layers.at(-1);
    if (name === 'linear') return;
    const isCut = typeof layer.config['max_value'] === 'number';
    if (last === undefined || last.activation !== 'linear' || isCut) {
      throw unfit(`the layer '${layer.name}'`, 'one activation after each Dense layer');
    }
    last.activation = name;
  }
}

const isMinusOne = ({ factor, offset }: Affine): boolean =>
  factor.every((value) => value === 1) && offset.every((value) => value === -1);

/** (factor · x + offset) · kernel + bias = x · (factor · kernel) + (offset · kernel + bias) */
function foldBefore(layer: ChainLayer, { factor, offset }: Affine): void {
  const { units, kernel, bias } = layer;
  layer.bias = bias.map((value, unit) =>
    offset.reduce((sum, each, i) => sum + each * (kernel[i * units + unit] as number), value),
  );
  layer.kernel = kernel.map((value, i) => value * (factor[Math.floor(i / units)] as number));
}

/** Keras' least standard deviation. */
const EPSILON = 1e-7;

function affineOf({ className, config, weights, name }: KerasLayerSpec, width: number): Affine {
  const wide = (values: unknown): Float64Array => {
    const flat = ([values].flat(3) as number[]).map(Number);
    if (flat.length === 1) return new Float64Array(width).fill(flat[0] as number);
    if (flat.length !== width) throw unfit(`'${name}'`, `statistics of ${width} values`);
    return Float64Array.from(flat);
  };
  if (className === 'Rescaling') {
    return { factor: wide(config['scale']), offset: wide(config['offset']) };
  }
  const arrays = weights.map(({ values }) => [...values]);
  if (className === 'Normalization') {
    const mean = wide(arrays[0] ?? config['mean'] ?? 0);
    const variance = wide(arrays[1] ?? config['variance'] ?? 1);
    const factor = variance.map((value) => 1 / Math.max(Math.sqrt(value), EPSILON));
    return { factor, offset: mean.map((value, i) => -value * (factor[i] as number)) };
  }
  const gamma = wide(config['scale'] === true ? arrays.shift() : 1);
  const beta = wide(config['center'] === true ? arrays.shift() : 0);
  const [mean, variance] = [wide(arrays[0]), wide(arrays[1])];
  const epsilon = Number(config['epsilon']);
  const factor = gamma.map((value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
  return {
    factor,
    offset: beta.map((value, i) => value - (mean[i] as number) * (factor[i] as number)),
  };
}

const unfit = (value: string, expected: string) =>
  refusal(
    `${value}, to start from`,
    expected,
    'Leave out startFrom: as it is, the model can still be a champion to beat.',
  );
