import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { batchSizeOf, countOf, withBatch } from './batch-size.ts';
import { applyUpdate } from './native-update.ts';
import { sharedTensor } from './shared-tensor.ts';
import type { StepRunner, Values } from './step-runner.ts';
import type { HostValues, TensorSpec, Tensors, TrainingStep } from './training-step.ts';

/** A training step that is done op by op: on any backend, and to the same bits as its graph. */
export class EagerStep implements StepRunner {
  readonly #tf: TensorFlow;
  readonly #step: TrainingStep;
  #state: Record<string, Tensor> = {};
  #shared: Record<string, Tensor> = {};

  constructor(tf: TensorFlow, step: TrainingStep) {
    this.#tf = tf;
    this.#step = step;
  }

  write(state: Tensors): void {
    this.#tf.dispose(this.#state);
    for (const [name, tensor] of Object.entries(state)) this.#state[name] = tensor.clone();
  }

  share(values: Values): void {
    this.#tf.dispose(this.#shared);
    const shared = Object.entries(this.#step.shared ?? {}).map(
      ([name, spec]) => [name, sharedTensor(this.#tf, spec, values[name] as HostValues)] as const,
    );
    this.#shared = Object.fromEntries(shared);
  }

  readValues(): Values {
    const values = Object.entries(this.#state).map(([name, tensor]) => [name, tensor.dataSync()]);
    return Object.fromEntries(values) as Values;
  }

  run(steps: number, inputs: Values): Values {
    const batch = batchSizeOf(this.#step.inputs, steps, inputs);
    const told = Array.from({ length: steps }, (_, turn) => this.#do(turn, inputs, batch));
    // Read when all is done: reading at once would have each step wait for the one before.
    const outputs = Object.entries(this.#step.outputs).map(([name, spec]) => {
      const size = countOf(spec.shape, batch);
      const all =
        spec.dtype === 'float32' ? new Float32Array(steps * size) : new Int32Array(steps * size);
      told.forEach((each, turn) => {
        all.set((each[name] as Tensor).dataSync(), turn * size);
      });
      return [name, all] as const;
    });
    this.#tf.dispose(told);
    return Object.fromEntries(outputs);
  }

  dispose(): void {
    this.#tf.dispose([this.#state, this.#shared]);
    this.#state = {};
    this.#shared = {};
  }

  /** One step; gives what it told. */
  #do(turn: number, inputs: Values, batch: number): Tensors {
    const { state, outputs } = this.#tf.tidy(
      () => this.#next(this.#given(turn, inputs, batch)) as never,
    ) as { state: Tensors; outputs: Tensors };
    for (const [name, tensor] of Object.entries(state)) {
      if (tensor !== this.#state[name]) this.#state[name]?.dispose();
      this.#state[name] = tensor;
    }
    return outputs;
  }

  /** The state after a step, with its updates, and what the step told. */
  #next(inputs: Tensors): { state: Tensors; outputs: Tensors } {
    const tf = this.#tf;
    const { state, updates = [], outputs } = this.#step.run(tf, this.#state, inputs);
    const next = { ...state };
    for (const update of updates) {
      Object.assign(next, applyUpdate(tf, update, { ...this.#state, ...next }));
    }
    return { state: next, outputs };
  }

  #given(turn: number, inputs: Values, batch: number): Tensors {
    const tensorOf = ({ dtype, shape }: TensorSpec, values: HostValues) =>
      this.#tf.tensor(values, withBatch(shape, batch), dtype);
    const own = Object.entries(this.#step.inputs).map(([name, spec]) => {
      const size = countOf(spec.shape, batch);
      const values = (inputs[name] as HostValues).subarray(turn * size, (turn + 1) * size);
      return [name, spec, values] as const;
    });
    const values = Object.fromEntries(own.map(([name, , each]) => [name, each]));
    const derived = Object.entries(this.#step.derived ?? {}).map(
      ([name, spec]) => [name, spec, spec.make(values, batch)] as const,
    );
    const tensors = [...own, ...derived].map(
      ([name, spec, each]) => [name, tensorOf(spec, each)] as const,
    );
    return { ...Object.fromEntries(tensors), ...this.#shared };
  }
}
