import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { BatchCursor } from '../../training/batch-cursor.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat32 } from '../../training/snapshot.ts';
import type { Batch } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training, TrainingSetup } from '../estimator.ts';
import { type BatchTargets, balancedWeights, batchLoss, batchTargets } from './batch-targets.ts';
import { dropoutMask } from './dropout-mask.ts';
import {
  backward,
  forward,
  initialise,
  kernelCount,
  type LayerSize,
  layerSizes,
  toLayers,
  toWeights,
} from './network.ts';
import { decouplesPenalty, optimizers, type Parameters } from './optimizer.ts';
import { learningRateAt, type SchedulePlan } from './schedule.ts';

const Position = z.strictObject({
  epoch: z.int(), // being trained, from 1
  batches: z.int(), // read of this epoch
  iteration: z.int(), // updates done in all
  loss: z.number(), // summed over the rows of this epoch
  rows: z.int(), // read of this epoch
});
type Position = z.infer<typeof Position>;

const START: Position = { epoch: 1, batches: 0, iteration: 0, loss: 0, rows: 0 };
/** A slice is bounded by count, never by clock, so that a repetition takes the same slices. */
const SLICE_BATCHES = 200;
const SLICE_MULTIPLICATIONS = 4e9;

/** What one update leaves to be read at the end of a slice: reading at once would make it wait. */
interface Pending {
  readonly outputs: Tensor2D;
  readonly targets: BatchTargets;
  readonly rows: number;
}

/** Trains by mini-batches around an explicit state: one vector of parameters, and a few counts. */
export class MlpTraining implements Training {
  readonly maxEpochs: number;
  readonly earlyStopping: { readonly patience: number | null };
  readonly #tf: TensorFlow;
  readonly #setup: TrainingSetup<MlpHyperparameters>;
  readonly #sizes: readonly LayerSize[];
  readonly #batchSize: number;
  readonly #plan: SchedulePlan;
  readonly #classWeights: readonly number[] | undefined;
  /** l2 at each kernel's place, 0 at each bias's; undefined without a penalty. */
  readonly #penalty: Tensor1D | undefined;
  #parameters: Parameters;
  #position: Position = START;
  #cursor: BatchCursor | undefined;

  constructor(tf: TensorFlow, setup: TrainingSetup<MlpHyperparameters>, state?: Uint8Array) {
    const { hyperparameters: h, shape, data, seed } = setup;
    this.#tf = tf;
    this.#setup = setup;
    this.maxEpochs = h.epochs;
    this.earlyStopping = { patience: h.patience };
    this.#sizes = layerSizes(shape, h.hiddenLayers);
    this.#batchSize = h.optimizer === 'gd' ? data.rows : Math.min(h.batchSize, data.rows);
    this.#plan = { ...h, iterationsPerEpoch: Math.ceil(data.rows / this.#batchSize) };
    this.#classWeights =
      h.classWeights === 'balanced' ? balancedWeights(shape.classCounts) : undefined;
    const values = initialise(this.#sizes, h.activation, seed);
    this.#penalty =
      h.l2 > 0
        ? tf.tensor1d(new Float32Array(values.length).fill(h.l2, 0, kernelCount(this.#sizes)))
        : undefined;
    this.#parameters =
      state === undefined
        ? {
            values: tf.tensor1d(values),
            slots: Array.from({ length: optimizers[h.optimizer].slots }, () =>
              tf.zeros<typeof tf.Rank.R1>([values.length]),
            ),
          }
        : this.#restore(state);
  }

  async step(): Promise<StepReport> {
    const { data, seed } = this.#setup;
    const { epoch, batches } = this.#position;
    if (epoch > this.maxEpochs) return this.#report(0, true);
    this.#cursor ??= new BatchCursor(data.batches(this.#batchSize, { seed, epoch }), batches);
    const pending: Pending[] = [];
    let ended = false;
    for (let left = this.#sliceBatches(); left > 0 && !ended; left--) {
      const batch = await this.#cursor.next();
      if (batch === undefined) ended = true;
      else pending.push(this.#update(batch));
    }
    ended ||= this.#position.batches === this.#plan.iterationsPerEpoch;
    return this.#report(this.#settle(pending), ended);
  }

  state(): Uint8Array {
    const { values, slots } = this.#parameters;
    const blobs = [values, ...slots].map((tensor) => bytesOf(tensor.dataSync<'float32'>()));
    return encodeSnapshot(this.#position, blobs);
  }

  weights(): Weights {
    return toWeights(this.#parameters.values.dataSync<'float32'>().slice(), this.#sizes);
  }

  dispose(): void {
    this.#cursor?.close();
    this.#tf.dispose([this.#parameters.values, ...this.#parameters.slots]);
    this.#penalty?.dispose();
  }

  /** One update from one batch: forward, backward, optimizer. */
  #update(batch: Batch): Pending {
    const tf = this.#tf;
    const { hyperparameters: h, shape } = this.#setup;
    const targets = batchTargets(batch, shape, this.#classWeights);
    const previous = this.#parameters;
    const iteration = this.#position.iteration + 1;
    const { outputs, ...next } = tidy(tf, () => {
      const features = tf.tensor2d(batch.features, [batch.rows, shape.width]);
      const layers = toLayers(tf, previous.values, this.#sizes);
      const masks = this.#masks(batch.rows, iteration);
      const trace = forward(tf, layers, features, h.activation, masks);
      const outputs = shape.classes > 0 ? tf.softmax(trace.scores) : trace.scores;
      const delta = this.#delta(outputs, targets, batch.rows);
      const gradient = backward(tf, layers, trace, delta, h.activation, masks);
      return { outputs, ...this.#optimise(previous, gradient, iteration) };
    });
    tf.dispose([previous.values, ...previous.slots]);
    this.#parameters = next;
    const { epoch, batches, loss, rows } = this.#position;
    this.#position = { epoch, batches: batches + 1, iteration, loss, rows };
    return { outputs, targets, rows: batch.rows };
  }

  /** Gradient of the batch's mean loss by the scores: error × row weight × (2 or 1) / rows. */
  #delta(outputs: Tensor2D, { wanted, rowWeights }: BatchTargets, rows: number): Tensor2D {
    const tf = this.#tf;
    const error = tf.sub(outputs, tf.tensor2d(wanted, outputs.shape));
    // Squared error has derivative 2(ŷ − y); softmax with cross-entropy has p − y.
    const scale = (this.#setup.shape.classes > 0 ? 1 : 2) / rows;
    const scaled = rowWeights?.map((weight) => weight * scale);
    const factor: Tensor = scaled ? tf.tensor2d(scaled, [rows, 1]) : tf.scalar(scale);
    return tf.mul(error, factor);
  }

  #optimise(parameters: Parameters, gradient: Tensor1D, iteration: number): Parameters {
    const tf = this.#tf;
    const { optimizer } = this.#setup.hyperparameters;
    const learningRate = learningRateAt(this.#plan, iteration - 1);
    const update = { gradient, learningRate, iteration };
    if (this.#penalty === undefined) return optimizers[optimizer].apply(tf, parameters, update);
    const shrink = tf.mul(parameters.values, this.#penalty);
    if (!decouplesPenalty(optimizer)) {
      return optimizers[optimizer].apply(tf, parameters, {
        ...update,
        gradient: tf.add(gradient, shrink),
      });
    }
    const { values, slots } = optimizers[optimizer].apply(tf, parameters, update);
    return { values: tf.sub(values, tf.mul(shrink, learningRate)), slots };
  }

  #masks(rows: number, iteration: number): Tensor2D[] {
    const { hyperparameters, seed } = this.#setup;
    const { dropout: rate } = hyperparameters;
    if (rate === 0) return [];
    return this.#sizes.slice(0, -1).map(({ units }, layer) => {
      const mask = dropoutMask(rows * units, rate, { seed, layer, iteration });
      return this.#tf.tensor2d(mask, [rows, units]);
    });
  }

  /** Reads the losses of a slice; gives its rows. */
  #settle(pending: readonly Pending[]): number {
    let { loss, rows } = this.#position;
    let sliceRows = 0;
    for (const { outputs, targets, rows: count } of pending) {
      loss += batchLoss(outputs.dataSync(), targets, this.#setup.shape);
      sliceRows += count;
      outputs.dispose();
    }
    rows += sliceRows;
    this.#position = { ...this.#position, loss, rows };
    return sliceRows;
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
    const perBatch = 3 * this.#batchSize * kernelCount(this.#sizes);
    return Math.max(1, Math.min(SLICE_BATCHES, Math.floor(SLICE_MULTIPLICATIONS / perBatch)));
  }

  #restore(state: Uint8Array): Parameters {
    const { document, blobs } = decodeSnapshot(state);
    this.#position = Position.parse(document);
    const [values, ...slots] = blobs.map((blob) => this.#tf.tensor1d(toFloat32(blob)));
    return { values: values as Tensor1D, slots };
  }
}

/** tf.tidy for results with fields of their own. */
const tidy = <T>(tf: TensorFlow, body: () => T): T => tf.tidy(body as never) as T;
