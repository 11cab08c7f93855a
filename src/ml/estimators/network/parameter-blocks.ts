import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { type ArrayShape, type Network, sizeOf } from './network.ts';

/**
 * Values from which on an array is a block of its own: to cut it out of a vector, and to put its gradient
 * into one, takes longer than one more update. Updates of blocks are done side by side, too.
 */
const OWN_BLOCK_VALUES = 2 ** 14;

/** Arrays of a network that are kept and updated as one. */
export interface Block {
  /** Before the names of its values and of the optimizer's slots. */
  readonly prefix: string;
  readonly shape: readonly number[];
  /** Which of the network's arrays, in its order. */
  readonly members: readonly number[];
}

/** How a network's parameters lie in a training: each large array by itself, the others as one vector. */
export class ParameterBlocks {
  readonly all: readonly Block[];
  readonly #arrays: readonly ArrayShape[];

  constructor({ arrays }: Network) {
    this.#arrays = arrays;
    const places = arrays.map((_, i) => i);
    const isOwn = (place: number) => this.#size(place) >= OWN_BLOCK_VALUES;
    const small = places.filter((place) => !isOwn(place));
    const size = small.reduce((sum, place) => sum + this.#size(place), 0);
    const own = places.filter(isOwn).map((place): Block => {
      const { name, shape } = arrays[place] as ArrayShape;
      return { prefix: `${name}/`, shape, members: [place] };
    });
    this.all = small.length > 0 ? [{ prefix: '', shape: [size], members: small }, ...own] : own;
  }

  /** The values of each block, of the vector of all parameters. */
  cut(vector: Float32Array): Float32Array[] {
    const arrays = this.#views(vector);
    return this.all.map(({ shape, members }) => {
      const values = new Float32Array(sizeOf(shape));
      let end = 0;
      for (const member of members) {
        values.set(arrays[member] as Float32Array, end);
        end += this.#size(member);
      }
      return values;
    });
  }

  /** The vector of all parameters, of the values of each block. */
  join(blocks: readonly Float32Array[]): Float32Array {
    const vector = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
    const arrays = this.#views(vector);
    this.all.forEach(({ members }, i) => {
      let end = 0;
      for (const member of members) {
        const start = end;
        end += this.#size(member);
        arrays[member]?.set((blocks[i] as Float32Array).subarray(start, end));
      }
    });
    return vector;
  }

  /** The network's arrays, of the tensors of its blocks. */
  toArrays(tf: TensorFlow, blocks: readonly Tensor[]): Tensor[] {
    const arrays: Tensor[] = [];
    this.all.forEach(({ members }, i) => {
      const block = blocks[i] as Tensor;
      const parts = members.length === 1 ? [block] : tf.split(block, members.map(this.#size));
      members.forEach((member, part) => {
        const { shape } = this.#arrays[member] as ArrayShape;
        arrays[member] = reshaped(tf, parts[part] as Tensor, shape);
      });
    });
    return arrays;
  }

  /** Gradients by the blocks, of those by the arrays. */
  pack(tf: TensorFlow, gradients: readonly Tensor[]): Tensor[] {
    return this.all.map(({ shape, members }) => {
      if (members.length === 1)
        return reshaped(tf, gradients[members[0] as number] as Tensor, shape);
      const vectors = members.map((member) =>
        reshaped(tf, gradients[member] as Tensor, [this.#size(member)]),
      );
      return tf.concat(vectors);
    });
  }

  readonly #size = (place: number): number => sizeOf((this.#arrays[place] as ArrayShape).shape);

  /** What each array has of the vector of all. */
  #views(vector: Float32Array): Float32Array[] {
    let end = 0;
    return this.#arrays.map((_, place) => {
      const start = end;
      end += this.#size(place);
      return vector.subarray(start, end);
    });
  }
}

const reshaped = (tf: TensorFlow, tensor: Tensor, shape: readonly number[]): Tensor =>
  tensor.shape.join() === shape.join() ? tensor : tf.reshape(tensor, [...shape]);
