import { z } from 'zod';
import type { NetworkHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TrainingExecution } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { type PreparedStep, prepareStep } from '../../graph/prepare-step.ts';
import type { HostValues } from '../../graph/training-step.ts';
import { partsOf } from '../../threads.ts';
import { BatchCursor } from '../../training/batch-cursor.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat32 } from '../../training/snapshot.ts';
import type { Batch } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training, TrainingSetup } from '../estimator.ts';
import { BatchGroup, valuesOf } from './batch-group.ts';
import { balancedWeights } from './batch-targets.ts';
import { fromWeights, type Network, toWeights } from './network.ts';
import { NetworkStep } from './network-step.ts';
import { optimizers } from './optimizer.ts';
import { learningRateAt, type SchedulePlan } from './schedule.ts';

const Position = z.strictObject({
  epoch: z.int(), // being trained, from 1
  batches: z.int(), // read of this epoch
  iteration: z.int(), // updates done in all
  loss: z.number(), // summed over the rows of this epoch
  rows: z.int(), // read of this epoch
});
type Position = z.infer<typeof Position>;

const StateDocument = z.strictObject({ position: Position });

const START: Position = { epoch: 1, batches: 0, iteration: 0, loss: 0, rows: 0 };
/** A slice is bounded by count, never by clock, so that a repetition takes the same slices. */
const SLICE_BATCHES = 200;
const SLICE_MULTIPLICATIONS = 4e9;
/** Values that the batches of one call may hold: 16 MiB of float32. */
const GROUP_VALUES = 2 ** 22;

/** A batch as the network is to see it in this update; it depends on nothing else. */
type Augment = (batch: Batch, iteration: number) => Batch;

export interface NetworkPlan {
  readonly network: Network;
  readonly augment?: Augment | undefined;
}

/** Rows of a batch: plain gradient descent takes all of them. */
const batchSizeOf = ({ optimizer, batchSize }: NetworkHyperparameters, rows: number): number =>
  optimizer === 'gd' ? rows : Math.min(batchSize, rows);

/** Multiplications of the forward pass of one step. */
export const stepWorkOf = (
  { multiplications }: Network,
  hyperparameters: NetworkHyperparameters,
  rows: number,
): number => multiplications * batchSizeOf(hyperparameters, rows);

/** Trains by mini-batches around an explicit state: one vector of parameters, and a few counts. */
export class NetworkTraining implements Training {
  readonly maxEpochs: number;
  readonly earlyStopping: { readonly patience: number | null };
  readonly #tf: TensorFlow;
  readonly #setup: TrainingSetup<NetworkHyperparameters>;
  readonly #network: Network;
  readonly #augment: Augment | undefined;
  readonly #batchSize: number;
  readonly #plan: SchedulePlan;
  readonly #classWeights: readonly number[] | undefined;
  readonly #step: NetworkStep;
  readonly #table: Float32Array | null;
  #position: Position = START;
  #cursor: BatchCursor | undefined;
  /** Parameters and slots until the first step; then the runner holds them. */
  #initial: readonly Float32Array[];
  #prepared: PreparedStep | undefined;

  private constructor(
    tf: TensorFlow,
    setup: TrainingSetup<NetworkHyperparameters>,
    { network, augment }: NetworkPlan,
    table: Float32Array | null,
    state?: Uint8Array,
  ) {
    const { hyperparameters: h, shape, data, seed } = setup;
    this.#tf = tf;
    this.#setup = setup;
    this.maxEpochs = h.epochs;
    this.earlyStopping = { patience: h.patience };
    this.#network = network;
    this.#augment = augment;
    this.#batchSize = batchSizeOf(h, data.rows);
    this.#plan = { ...h, iterationsPerEpoch: Math.ceil(data.rows / this.#batchSize) };
    this.#classWeights =
      h.classWeights === 'balanced' ? balancedWeights(shape.classCounts) : undefined;
    this.#table = table;
    this.#step = new NetworkStep({
      ...{ network, shape, hyperparameters: h, seed, parts: partsOf(tf) },
      hasTable: table !== null,
    });
    this.#initial = state === undefined ? this.#begin() : this.#restore(state);
  }

  /** @param state of a training to go on with */
  static async begin(
    tf: TensorFlow,
    setup: TrainingSetup<NetworkHyperparameters>,
    plan: NetworkPlan,
    state?: Uint8Array,
  ): Promise<NetworkTraining> {
    // Augmented rows are others in each epoch, so that there is no table of them.
    const table = plan.augment === undefined ? await setup.data.table?.() : null;
    return new NetworkTraining(tf, setup, plan, table ?? null, state);
  }

  get execution(): TrainingExecution {
    return this.#prepare().execution;
  }

  async step(): Promise<StepReport> {
    const { data, seed } = this.#setup;
    const { epoch, batches } = this.#position;
    if (epoch > this.maxEpochs) return this.#report(0, true);
    this.#cursor ??= new BatchCursor(data.batches(this.#batchSize, { seed, epoch }), batches);
    const capacity = this.#groupBatches();
    let group: BatchGroup | undefined;
    let rows = 0;
    let ended = false;
    for (let left = this.#sliceBatches(); left > 0 && !ended; left--) {
      const batch = await this.#cursor.next();
      if (batch === undefined) {
        ended = true;
        break;
      }
      if (group && (group.batches === capacity || group.batchRows !== batch.rows)) {
        this.#update(group);
        group = undefined;
      }
      group ??= this.#groupOf(batch.rows, Math.min(capacity, left, this.#batchesLeft()));
      this.#take(batch, group);
      rows += batch.rows;
    }
    if (group) this.#update(group);
    ended ||= this.#position.batches === this.#plan.iterationsPerEpoch;
    return this.#report(rows, ended);
  }

  state(): Uint8Array {
    const document: z.infer<typeof StateDocument> = { position: this.#position };
    return encodeSnapshot(document, this.#values().map(bytesOf));
  }

  weights(): Weights {
    return toWeights((this.#values()[0] as Float32Array).slice(), this.#network);
  }

  dispose(): void {
    this.#cursor?.close();
    this.#prepared?.runner.dispose();
  }

  #begin(): Float32Array[] {
    const { hyperparameters: h, seed, initial } = this.#setup;
    const network = this.#network;
    const values = initial === undefined ? network.initialise(seed) : fromWeights(initial, network);
    const { slots } = optimizers[h.optimizer];
    return [values, ...Array.from({ length: slots }, () => new Float32Array(values.length))];
  }

  #restore(state: Uint8Array): Float32Array[] {
    const { document, blobs } = decodeSnapshot(state);
    this.#position = StateDocument.parse(document).position;
    return blobs.map(toFloat32);
  }

  /** What does the steps, made when the first of them is to be done. */
  #prepare(): PreparedStep {
    if (this.#prepared !== undefined) return this.#prepared;
    const tf = this.#tf;
    const { engine } = this.#setup;
    const plan = { engine, steps: this.#certainSteps() };
    const prepared = prepareStep(tf, this.#step, plan);
    if (this.#table !== null) prepared.runner.share({ table: this.#table });
    this.#step.parameters.write(tf, prepared.runner, this.#initial);
    this.#initial = [];
    this.#prepared = prepared;
    return prepared;
  }

  /** Steps of the whole training before which it can't stop: told by counts, so the same on resume. */
  #certainSteps(): number {
    const { patience } = this.earlyStopping;
    const epochs = Math.min(this.maxEpochs, patience ?? Number.POSITIVE_INFINITY);
    return epochs * this.#plan.iterationsPerEpoch;
  }

  /** Parameters and slots as they are now. */
  #values(): readonly Float32Array[] {
    if (this.#prepared === undefined) return this.#initial;
    return this.#step.parameters.join(this.#prepared.runner.readValues());
  }

  #groupOf(rows: number, capacity: number): BatchGroup {
    const { shape } = this.#setup;
    const options = { step: this.#step, shape, classWeights: this.#classWeights };
    return new BatchGroup(options, rows, capacity);
  }

  /** Puts a batch down for its update. */
  #take(batch: Batch, group: BatchGroup): void {
    const { epoch, batches, loss, rows } = this.#position;
    const iteration = this.#position.iteration + 1;
    const seen = this.#augment === undefined ? batch : this.#augment(batch, iteration);
    group.add(seen, { learningRate: learningRateAt(this.#plan, iteration - 1), iteration });
    this.#position = { epoch, batches: batches + 1, iteration, loss, rows };
  }

  /** Does the updates of a group. */
  #update(group: BatchGroup): void {
    const { outputs } = this.#prepare().runner.run(group.batches, group.inputs());
    const { loss, rows } = this.#position;
    this.#position = {
      ...this.#position,
      loss: group.addLoss(loss, outputs as HostValues),
      rows: rows + group.rows,
    };
  }

  #report(rows: number, ended: boolean): StepReport {
    const { epoch, iteration, loss, rows: epochRows } = this.#position;
    if (ended && epoch <= this.maxEpochs) {
      this.#cursor?.close();
      this.#cursor = undefined;
      this.#position = { ...START, epoch: epoch + 1, iteration };
    }
    return {
      done: this.#position.epoch > this.maxEpochs,
      epochEnded: ended,
      epoch: Math.min(epoch, this.maxEpochs),
      loss: epochRows > 0 ? loss / epochRows : null,
      learningRate: learningRateAt(this.#plan, Math.max(0, iteration - 1)),
      rows,
    };
  }

  #sliceBatches(): number {
    // Forward, and two products of the same size backward.
    const perBatch = 3 * this.#batchSize * this.#network.multiplications;
    return Math.max(1, Math.min(SLICE_BATCHES, Math.floor(SLICE_MULTIPLICATIONS / perBatch)));
  }

  /** Of this epoch: a group has memory for no more of them, which would be filled with zeros for nothing. */
  #batchesLeft(): number {
    return this.#plan.iterationsPerEpoch - this.#position.batches;
  }

  /** Batches of one call: bounded, so that its memory is. */
  #groupBatches(): number {
    const perBatch = [...Object.values(this.#step.inputs), ...Object.values(this.#step.outputs)]
      .map((spec) => valuesOf(spec, this.#batchSize))
      .reduce((a, b) => a + b, 0);
    return Math.max(1, Math.floor(GROUP_VALUES / perBatch));
  }
}
