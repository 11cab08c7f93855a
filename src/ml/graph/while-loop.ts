import type { Attributes, ConstantTensor, DataType, GraphNode, Output } from './graph.ts';
import { type GraphBuilder, type } from './graph-builder.ts';

/** A value that changes from turn to turn, at the places where it passes. */
interface Carried {
  readonly dtype: DataType;
  readonly merge: Output;
  readonly inside: Output;
  readonly exit: Output;
}

interface WhileLoopOptions {
  /** int32 scalar */
  readonly turns: Output;
  /** The carried values before the first turn. */
  readonly initial: readonly { readonly value: Output; readonly dtype: DataType }[];
  /** Makes a constant that is there where the loop stands. */
  readonly constant: (tensor: ConstantTensor) => Output;
  /** A name for what is inside of it. */
  readonly frame: string;
}

const int32Scalar = (value: number): ConstantTensor => ({
  dtype: 'int32',
  shape: [],
  values: Int32Array.of(value),
});

/**
 * A loop that runs its body a number of times within one call of the session, wired from
 * TensorFlow's control-flow ops (Yu et al., "Dynamic control flow in large-scale machine learning",
 * EuroSys 2018). Values that change from turn to turn are carried; all others have to enter.
 */
export class WhileLoop {
  readonly #builder: GraphBuilder;
  readonly #frame: string;
  readonly #one: Output;
  readonly #entered = new Map<GraphNode, Output[]>();
  readonly #carried: Carried[] = [];
  /** Turn of the loop, from 0: int32 scalar inside of it. */
  readonly turn: Output;

  constructor(builder: GraphBuilder, { turns, initial, constant, frame }: WhileLoopOptions) {
    this.#builder = builder;
    this.#frame = builder.unique(frame);
    this.#one = constant(int32Scalar(1));
    const zero = constant(int32Scalar(0));
    const all = [{ value: zero, dtype: 'int32' as DataType }, ...initial];
    const merges = all.map(({ value, dtype }) => {
      const entered = this.#enter(value, dtype, false);
      const merge = builder.add('Merge', [entered], {
        T: type(dtype),
        N: { kind: 'int', value: 2 },
      });
      return { merge, dtype };
    });
    const counter = (merges[0] as { merge: Output }).merge;
    const goesOn = builder.add('Less', [counter, this.enter(turns, 'int32')], { T: type('int32') });
    const condition = builder.add('LoopCond', [goesOn]);
    for (const { merge, dtype } of merges) {
      const T = type(dtype);
      const chosen = builder.node('Switch', [merge, condition], { T });
      const taken = { node: chosen, index: 1 };
      // What waits for a turn to begin waits for its number, which is there in turns alone.
      const inside =
        this.#carried.length === 0
          ? builder.add('Identity', [taken], { T }, { name: 'turn' })
          : taken;
      const exit = builder.add('Exit', [{ node: chosen, index: 0 }], { T });
      this.#carried.push({ merge, dtype, inside, exit });
    }
    this.turn = (this.#carried[0] as { inside: Output }).inside;
  }

  /** The carried values inside of the loop, as they are in this turn. */
  get carried(): Output[] {
    return this.#carried.slice(1).map(({ inside }) => inside);
  }

  /** A value from outside, the same in every turn. */
  enter(value: Output, dtype: DataType): Output {
    const known = this.#entered.get(value.node) ?? [];
    this.#entered.set(value.node, known);
    known[value.index] ??= this.#enter(value, dtype, true);
    return known[value.index] as Output;
  }

  /**
   * Closes the loop; gives the count of turns and the carried values after the last one.
   * @param next the carried values of the next turn
   * @param after what has to be done before the next turn begins
   */
  close(
    next: readonly Output[],
    after: readonly GraphNode[],
  ): { turns: Output; carried: Output[] } {
    const builder = this.#builder;
    const T = type('int32');
    const inputs = [this.turn, this.enter(this.#one, 'int32')];
    const following = builder.add('AddV2', inputs, { T }, { name: 'next_turn', after });
    [following, ...next].forEach((value, i) => {
      const { merge, dtype } = this.#carried[i] as Carried;
      const back = builder.add('NextIteration', [value], { T: type(dtype) });
      builder.closeLoop(merge, back);
    });
    const [turns, ...carried] = this.#carried.map(({ exit }) => exit);
    return { turns: turns as Output, carried };
  }

  #enter(value: Output, dtype: DataType, isConstant: boolean): Output {
    const attributes: Attributes = {
      T: type(dtype),
      frame_name: { kind: 'string', value: this.#frame },
      is_constant: { kind: 'bool', value: isConstant },
      // Turns depend on each other through their variables; more than one at a time gains nothing.
      parallel_iterations: { kind: 'int', value: 1 },
    };
    return this.#builder.add('Enter', [value], attributes);
  }
}
