import { z } from 'zod';
import type { LogisticHyperparameters } from '../../../schemas/hyperparameters.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../../training/snapshot.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training, TrainingSetup } from '../estimator.ts';
import { outputsOf } from './class-probabilities.ts';
import { beginLbfgs, iterateLbfgs, type Lbfgs } from './lbfgs.ts';
import { logisticLoss } from './logistic-loss.ts';

const State = z.strictObject({
  value: z.number(),
  iteration: z.int(),
  converged: z.boolean(),
  pairs: z.int(),
});

/** Fits by L-BFGS in float64; one step is one iteration. */
export class LogisticTraining implements Training {
  readonly maxEpochs: number;
  readonly earlyStopping = null;
  readonly execution = null;
  readonly #setup: TrainingSetup<LogisticHyperparameters>;
  #lbfgs: Lbfgs | undefined;

  constructor(setup: TrainingSetup<LogisticHyperparameters>, state?: Uint8Array) {
    this.#setup = setup;
    this.maxEpochs = setup.hyperparameters.maxIterations;
    if (state !== undefined) this.#lbfgs = decodeLbfgs(state);
  }

  async step(): Promise<StepReport> {
    const { data, shape, hyperparameters } = this.#setup;
    const evaluate = (point: Float64Array) =>
      logisticLoss(data, shape.classes, hyperparameters.c, point);
    this.#lbfgs ??= await beginLbfgs(this.#origin(), evaluate);
    this.#lbfgs = await iterateLbfgs(this.#lbfgs, evaluate);
    const { converged, iteration, value } = this.#lbfgs;
    return {
      done: converged || iteration >= this.maxEpochs,
      epochEnded: true,
      epoch: iteration,
      loss: value,
      learningRate: null,
      rows: data.rows,
    };
  }

  state(): Uint8Array {
    return this.#lbfgs === undefined ? new Uint8Array() : encodeLbfgs(this.#lbfgs);
  }

  weights(): Weights {
    const { width, classes } = this.#setup.shape;
    const outputs = outputsOf(classes);
    const point = this.#lbfgs?.point ?? this.#origin();
    const split = outputs * width;
    return [
      { name: 'coefficients', shape: [outputs, width], values: point.slice(0, split) },
      { name: 'intercepts', shape: [outputs], values: point.slice(split) },
    ];
  }

  dispose(): void {}

  #origin(): Float64Array {
    const { width, classes } = this.#setup.shape;
    return new Float64Array(outputsOf(classes) * (width + 1));
  }
}

function encodeLbfgs({ point, gradient, pairs, value, iteration, converged }: Lbfgs): Uint8Array {
  const document: z.infer<typeof State> = { value, iteration, converged, pairs: pairs.length };
  const arrays = [point, gradient, ...pairs.flatMap(({ step, change }) => [step, change])];
  return encodeSnapshot(document, arrays.map(bytesOf));
}

function decodeLbfgs(state: Uint8Array): Lbfgs | undefined {
  if (state.byteLength === 0) return undefined;
  const { document, blobs } = decodeSnapshot(state);
  const { pairs, ...scalars } = State.parse(document);
  const array = (index: number) => toFloat64(blobs[index] as Uint8Array);
  return {
    ...scalars,
    point: array(0),
    gradient: array(1),
    pairs: Array.from({ length: pairs }, (_, i) => ({
      step: array(2 + 2 * i),
      change: array(3 + 2 * i),
    })),
  };
}
