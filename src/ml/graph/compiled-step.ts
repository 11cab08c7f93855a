import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { batchSizeOf, withBatch } from './batch-size.ts';
import type { Output } from './graph.ts';
import type { GraphSession } from './graph-session.ts';
import { sharedTensor } from './shared-tensor.ts';
import type { StepRunner, Values } from './step-runner.ts';
import type { TrainingGraph } from './training-graph.ts';
import type { HostValues, Tensors, TrainingStep } from './training-step.ts';

/** A training step as a graph in a session, which holds its state. */
export class CompiledStep implements StepRunner {
  readonly #tf: TensorFlow;
  readonly #step: TrainingStep;
  readonly #graph: TrainingGraph;
  readonly #session: GraphSession;
  #shared: (readonly [Output, Tensor])[] = [];

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

  write(state: Tensors): void {
    const feeds = Object.entries(this.#graph.set).map(
      ([name, placeholder]) => [placeholder, state[name] as Tensor] as const,
    );
    this.#tf.dispose(this.#session.run(feeds, [this.#graph.written]));
  }

  share(values: Values): void {
    this.#tf.dispose(this.#shared.map(([, tensor]) => tensor));
    this.#shared = Object.entries(this.#step.shared ?? {}).map(([name, spec]) => {
      const tensor = sharedTensor(this.#tf, spec, values[name] as HostValues);
      return [this.#graph.shared[name] as Output, tensor] as const;
    });
  }

  readValues(): Values {
    return this.#fetch([], this.#graph.get);
  }

  run(steps: number, inputs: Values): Values {
    const tf = this.#tf;
    const batch = batchSizeOf(this.#step.inputs, steps, inputs);
    const feeds = Object.entries(this.#step.inputs).map(([name, { dtype, shape }]) => {
      const sizes = [steps, ...withBatch(shape, batch)];
      const value = tf.tensor(inputs[name] as HostValues, sizes, dtype);
      return [this.#graph.inputs[name] as Output, value] as const;
    });
    const count = [this.#graph.steps, tf.scalar(steps, 'int32')] as const;
    try {
      return this.#fetch([count, ...this.#shared, ...feeds], this.#graph.outputs, [
        this.#graph.finished,
      ]);
    } finally {
      tf.dispose([count, ...feeds].map(([, tensor]) => tensor));
    }
  }

  dispose(): void {
    this.#tf.dispose(this.#shared.map(([, tensor]) => tensor));
    this.#shared = [];
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
}
