import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { Output } from './graph.ts';
import type { GraphSession } from './graph-session.ts';
import type { TrainingGraph } from './training-graph.ts';
import type { HostValues, Specs, Tensors, TrainingStep } from './training-step.ts';

type Values = Readonly<Record<string, HostValues>>;

/** A training step as a graph in a session, which holds its state. */
export class CompiledStep {
  readonly #tf: TensorFlow;
  readonly #step: TrainingStep;
  readonly #graph: TrainingGraph;
  readonly #session: GraphSession;

  constructor(tf: TensorFlow, step: TrainingStep, graph: TrainingGraph, session: GraphSession) {
    this.#tf = tf;
    this.#step = step;
    this.#graph = graph;
    this.#session = session;
  }

  /** Ops of the graph by how often each occurs. */
  get ops(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { op } of this.#graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
    return counts;
  }

  /** Sets the whole state. */
  write(state: Tensors): void {
    const feeds = Object.entries(this.#graph.set).map(
      ([name, placeholder]) => [placeholder, state[name] as Tensor] as const,
    );
    this.#tf.dispose(this.#session.run(feeds, [this.#graph.written]));
  }

  /** The state as it is now, to the bit. */
  readValues(): Values {
    return this.#fetch([], this.#graph.get);
  }

  /**
   * Does steps one after another; gives what they told, each with the steps as first dimension.
   * @param inputs of all steps: each with the steps as first dimension, all of one batch size
   */
  run(steps: number, inputs: Values): Values {
    const tf = this.#tf;
    const batch = this.#batchOf(steps, inputs);
    const feeds = Object.entries(this.#step.inputs).map(([name, { dtype, shape }]) => {
      const sizes = [steps, ...shape.map((size) => (size === -1 ? batch : size))];
      const value = tf.tensor(inputs[name] as HostValues, sizes, dtype);
      return [this.#graph.inputs[name] as Output, value] as const;
    });
    const count = [this.#graph.steps, tf.scalar(steps, 'int32')] as const;
    try {
      return this.#fetch([count, ...feeds], this.#graph.outputs, [this.#graph.finished]);
    } finally {
      tf.dispose([count, ...feeds].map(([, tensor]) => tensor));
    }
  }

  dispose(): void {
    this.#session.dispose();
  }

  #fetch(
    feeds: readonly (readonly [Output, Tensor])[],
    outputs: Readonly<Record<string, Output>>,
    alsoFetched: readonly Output[] = [],
  ): Values {
    const names = Object.keys(outputs);
    const tensors = this.#session.run(feeds, [...Object.values(outputs), ...alsoFetched]);
    const values = names.map((name, i) => [name, (tensors[i] as Tensor).dataSync()] as const);
    this.#tf.dispose(tensors);
    return Object.fromEntries(values) as Values;
  }

  /** From how many values were given for an input whose sizes are known but for the batch. */
  #batchOf(steps: number, inputs: Values): number {
    const specs: Specs = this.#step.inputs;
    const found = Object.entries(specs).find(([, { shape }]) => shape[0] === -1);
    if (found === undefined) return 1;
    const [name, { shape }] = found;
    const perRow = shape.slice(1).reduce((a, b) => a * b, 1);
    return (inputs[name] as HostValues).length / (steps * perRow);
  }
}
