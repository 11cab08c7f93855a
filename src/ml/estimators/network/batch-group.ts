import type { Values } from '../../graph/step-runner.ts';
import type { HostValues, TensorSpec } from '../../graph/training-step.ts';
import type { Batch } from '../../training/training-data.ts';
import type { ProblemShape } from '../estimator.ts';
import { type BatchTargets, batchLoss, batchTargets } from './batch-targets.ts';
import type { NetworkStep } from './network-step.ts';
import type { Progress } from './optimizer.ts';

interface GroupOptions {
  readonly step: NetworkStep;
  readonly shape: ProblemShape;
  readonly classWeights: readonly number[] | undefined;
}

/** Batches of one size whose updates are done in one call. */
export class BatchGroup {
  /** Rows of each batch. */
  readonly batchRows: number;
  /** Rows of each step: a part has one at least, and one that no batch has counts for nothing. */
  readonly #stepRows: number;
  readonly #options: GroupOptions;
  readonly #inputs: Readonly<Record<string, HostValues>>;
  /** Values that a step has of each input. */
  readonly #sizes: Readonly<Record<string, number>>;
  readonly #targets: BatchTargets[] = [];

  /** @param capacity most batches that it takes */
  constructor(options: GroupOptions, batchRows: number, capacity: number) {
    this.batchRows = batchRows;
    this.#stepRows = Math.max(batchRows, options.step.parts);
    this.#options = options;
    const specs = Object.entries(options.step.inputs);
    this.#sizes = Object.fromEntries(
      specs.map(([name, spec]) => [name, valuesOf(spec, this.#stepRows)]),
    );
    this.#inputs = Object.fromEntries(
      specs.map(([name, { dtype }]) => {
        const size = capacity * (this.#sizes[name] as number);
        return [name, dtype === 'int32' ? new Int32Array(size) : new Float32Array(size)];
      }),
    );
  }

  get batches(): number {
    return this.#targets.length;
  }

  get rows(): number {
    return this.batches * this.batchRows;
  }

  add(batch: Batch, progress: Progress): void {
    const { shape, classWeights, step } = this.#options;
    const targets = batchTargets(batch, shape, classWeights);
    // Squared error has derivative 2(ŷ − y); softmax with cross-entropy has p − y.
    const scale = (shape.classes > 0 ? 1 : 2) / batch.rows;
    const { rowWeights } = targets;
    if ('rowNumbers' in this.#inputs) this.#set('rowNumbers', batch.indices ?? []);
    else this.#set('features', batch.features);
    this.#set('wanted', targets.wanted);
    this.#set('errorFactor', step.errorFactors(batch.rows, scale, rowWeights));
    for (const [name, value] of Object.entries(step.numbers(progress))) this.#set(name, [value]);
    this.#targets.push(targets);
  }

  /** What the steps are given. */
  inputs(): Values {
    return Object.fromEntries(
      Object.entries(this.#inputs).map(([name, values]) => [
        name,
        values.subarray(0, this.batches * (this.#sizes[name] as number)),
      ]),
    );
  }

  /** `loss` with that of each batch added, one after another. @param outputs [batches, rows, outputs] */
  addLoss(loss: number, outputs: HostValues): number {
    const size = outputs.length / this.batches;
    return this.#targets.reduce((sum, targets, i) => {
      const ofBatch = outputs.subarray(i * size, (i + 1) * size);
      return sum + batchLoss(ofBatch, targets, this.#options.shape);
    }, loss);
  }

  #set(name: string, values: ArrayLike<number>): void {
    this.#inputs[name]?.set(values, this.batches * (this.#sizes[name] as number));
  }
}

export const valuesOf = ({ shape }: TensorSpec, rows: number): number =>
  shape.reduce((product, size) => product * (size === -1 ? rows : size), 1);
