import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { ImageSize } from '../../schemas/image.ts';
import type { TargetScale } from '../../schemas/prepared-data.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { EpochRecord, TrainingOutcome, TrainingProgress } from '../../schemas/training.ts';
import type {
  Estimator,
  Predictor,
  StepReport,
  Training,
  TrainingSetup,
} from '../estimators/estimator.ts';
import { estimatorFor, parseHyperparameters } from '../estimators/index.ts';
import type { Weights } from '../weights.ts';
import { PartScorer } from './part-scorer.ts';
import type { TrainingData } from './training-data.ts';
import {
  type BestEpoch,
  decodeTrainingState,
  encodeTrainingState,
  type TrainingState,
} from './training-state.ts';

const PROGRESS_INTERVAL_MS = 250;

export interface TrainOptions {
  readonly candidate: Candidate;
  readonly problem: Problem;
  readonly data: TrainingData;
  /** To stop and to choose the best epoch by; null trains to the last epoch. */
  readonly validation: { readonly data: TrainingData; readonly truth: Float64Array } | null;
  /** [rows] of `data`: values in original units, or indices of classes. */
  readonly truth: Float64Array;
  readonly targetScale: TargetScale;
  readonly classCounts: readonly number[];
  /** What each row begins with, if it is an image. */
  readonly image?: ImageSize | undefined;
  readonly seed: number;
  /** Weights to begin with in place of drawn ones: of networks alone. */
  readonly initial?: Weights | undefined;
  /** Ends a training by epochs before its plan does; solvers converge by themselves. */
  readonly maxEpochs: number | null;
  readonly maxSeconds: number | null;
  /** False where nobody asks how the model does on its own rows, which may take longer than training it. */
  readonly scoresFit?: boolean;
  /** A state that `onCheckpoint` gave. */
  readonly resumeFrom?: Uint8Array;
  /** On abort the state is offered once more; then the signal's reason is thrown. */
  readonly signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
  onCheckpoint(state: () => Uint8Array): Promise<void>;
}

export interface Trained
  extends Pick<
    TrainingOutcome,
    'status' | 'epochs' | 'bestEpoch' | 'validationScore' | 'fitScore' | 'seconds' | 'execution'
  > {
  readonly weights: Weights;
  readonly curve: EpochRecord[];
  /** As the model gives them: [validation rows, outputs]; null without validation. */
  readonly validationOutputs: Float64Array | null;
}

/**
 * Trains one candidate slice by slice. The slices, and all that is decided, depend on counts and
 * not on the clock (unless `maxSeconds` ends it), so that a resumed training goes on bit for bit.
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const loop = await TrainingLoop.begin(options);
  try {
    const status = await loop.run();
    return await loop.finish(status);
  } finally {
    loop.dispose();
  }
}

class TrainingLoop {
  readonly #options: TrainOptions;
  readonly #estimator: Estimator;
  readonly #setup: TrainingSetup<unknown>;
  readonly #training: Training;
  readonly #scorer: PartScorer | null;
  readonly #maxEpochs: number;
  readonly #startedAtMs = performance.now();
  readonly #earlierSeconds: number;
  readonly #curve: EpochRecord[];
  #best: BestEpoch | null;
  /** Of the best epoch, on the validation part; null where another attempt has found it. */
  #bestOutputs: Float64Array | null = null;
  #rows = 0;
  #toldAtMs = 0;

  private constructor(
    options: TrainOptions,
    estimator: Estimator,
    setup: TrainingSetup<unknown>,
    training: Training,
    state: TrainingState,
  ) {
    const { validation, problem, targetScale, maxEpochs } = options;
    this.#options = options;
    this.#estimator = estimator;
    this.#setup = setup;
    this.#training = training;
    this.#scorer =
      validation && new PartScorer(validation.data, validation.truth, problem, targetScale);
    this.#maxEpochs =
      training.earlyStopping === null
        ? training.maxEpochs
        : Math.min(training.maxEpochs, maxEpochs ?? Number.POSITIVE_INFINITY);
    this.#curve = [...state.curve];
    this.#best = state.best;
    this.#earlierSeconds = state.seconds;
  }

  static async begin(options: TrainOptions): Promise<TrainingLoop> {
    const { candidate, problem, data, classCounts, image, seed, initial, resumeFrom } = options;
    const estimator = estimatorFor(candidate.estimator);
    const shape = {
      task: problem.task,
      layout: data.layout,
      width: data.width,
      classes: problem.classes.length,
      classCounts,
      image,
    };
    const hyperparameters = parseHyperparameters(estimator, candidate.hyperparameters);
    const setup = { shape, hyperparameters, data, seed, initial };
    if (resumeFrom === undefined) {
      const fresh: TrainingState = { curve: [], best: null, seconds: 0 };
      return new TrainingLoop(options, estimator, setup, await estimator.init(setup), fresh);
    }
    const { state, estimatorState } = decodeTrainingState(resumeFrom);
    const training = await estimator.restore(setup, estimatorState);
    return new TrainingLoop(options, estimator, setup, training, state);
  }

  /** Trains until it is done, and says why it is. */
  async run(): Promise<TrainingOutcome['status']> {
    // A checkpoint may stand at the very end.
    let ended = this.#curve.length >= this.#maxEpochs || this.#hasRunOutOfPatience();
    while (!ended) {
      await this.#obey();
      const report = await this.#training.step();
      this.#rows += report.rows;
      if (report.loss !== null && !Number.isFinite(report.loss)) {
        this.#record(report, null);
        return 'diverged';
      }
      if (report.epochEnded) await this.#endEpoch(report);
      this.#tell(report);
      ended = report.done || (report.epochEnded && report.epoch >= this.#maxEpochs);
      if (ended) break;
      if (report.epochEnded && this.#hasRunOutOfPatience()) return 'stopped-early';
      if (this.#isOutOfTime(report)) return 'out-of-time';
      await this.#options.onCheckpoint(() => this.#state());
    }
    return this.#hasRunOutOfPatience() ? 'stopped-early' : 'completed';
  }

  async finish(ended: TrainingOutcome['status']): Promise<Trained> {
    const epochs = Math.max(1, this.#curve.length);
    const { weights, status } = await this.#chooseWeights(ended);
    const validated =
      this.#scorer === null || (this.#bestOutputs !== null && this.#best !== null)
        ? null
        : await this.#score(weights, this.#scorer);
    return {
      weights,
      curve: this.#curve,
      status,
      epochs,
      bestEpoch: this.#best?.epoch ?? epochs,
      validationScore:
        this.#best?.score ?? (status === 'diverged' ? null : (validated?.score ?? null)),
      validationOutputs: this.#bestOutputs ?? validated?.outputs ?? null,
      fitScore: await this.#fitScore(weights),
      seconds: Math.round(1000 * this.#seconds()) / 1000,
      execution: this.#training.execution,
    };
  }

  /** Of the best epoch, else as they are now; where they have run off to infinity, those of the start. */
  async #chooseWeights(
    status: TrainingOutcome['status'],
  ): Promise<Pick<Trained, 'weights' | 'status'>> {
    if (this.#best !== null) return { weights: this.#best.weights, status };
    const weights = this.#training.weights();
    // After whole epochs there is a best one, unless the loss or the weights of all are infinite.
    const allFailed = this.#training.earlyStopping !== null && this.#curve.length > 0;
    if (status !== 'diverged' && !allFailed && allFinite(weights)) return { weights, status };
    const fresh = await this.#estimator.init(this.#setup);
    try {
      return { weights: fresh.weights(), status: 'diverged' };
    } finally {
      fresh.dispose();
    }
  }

  dispose(): void {
    this.#training.dispose();
  }

  /** Lets messages in between two slices, and stops where one of them said so. */
  async #obey(): Promise<void> {
    await nextTurn();
    const { signal, onCheckpoint } = this.#options;
    if (!signal.aborted) return;
    await onCheckpoint(() => this.#state());
    throw signal.reason;
  }

  /** Scores the model where epochs are chosen from, or where this is the last iterate of a solver. */
  async #endEpoch(report: StepReport): Promise<void> {
    const isSolver = this.#training.earlyStopping === null;
    if (isSolver && !report.done) {
      this.#record(report, null);
      return;
    }
    if (this.#scorer === null) {
      this.#record(report, null);
      const weights = this.#training.weights();
      if (allFinite(weights)) {
        this.#best = { epoch: report.epoch, score: null, loss: report.loss ?? 0, weights };
      }
      return;
    }
    const found = await this.#scorer.scoreTraining(this.#training, () =>
      this.#load(this.#training.weights()),
    );
    this.#record(report, found);
    const { score, loss } = found;
    const epoch = { epoch: report.epoch, score, loss };
    if (Number.isFinite(loss) && this.#isBetter(epoch)) {
      this.#best = { ...epoch, weights: this.#training.weights() };
      this.#bestOutputs = found.outputs;
    }
  }

  /** By the metric; where that is equal or undefined, by the loss. */
  #isBetter({ score, loss }: Pick<BestEpoch, 'score' | 'loss'>): boolean {
    const best = this.#best;
    if (best === null) return true;
    if (score === null || best.score === null || score === best.score) return loss < best.loss;
    return this.#options.problem.direction === 'maximise' ? score > best.score : score < best.score;
  }

  #hasRunOutOfPatience(): boolean {
    const patience = this.#training.earlyStopping?.patience ?? null;
    if (patience === null || this.#scorer === null) return false;
    return this.#curve.length - (this.#best?.epoch ?? 0) >= patience;
  }

  /** A solver has to give one iterate at least; epochs can end anywhere. */
  #isOutOfTime({ epochEnded }: StepReport): boolean {
    const { maxSeconds } = this.#options;
    if (maxSeconds === null || this.#seconds() < maxSeconds) return false;
    return this.#training.earlyStopping !== null || epochEnded;
  }

  async #score(weights: Weights, scorer: PartScorer) {
    const predictor = await this.#load(weights);
    try {
      return await scorer.score(predictor);
    } finally {
      predictor.dispose();
    }
  }

  async #fitScore(weights: Weights): Promise<number | null> {
    const { data, truth, problem, targetScale, scoresFit = true } = this.#options;
    if (!scoresFit) return null;
    return (await this.#score(weights, new PartScorer(data, truth, problem, targetScale))).score;
  }

  #load(weights: Weights): Promise<Predictor> {
    const { shape, hyperparameters } = this.#setup;
    return this.#estimator.load(shape, hyperparameters, weights);
  }

  #record(
    { epoch, loss, learningRate }: StepReport,
    validation: { score: number | null; loss: number } | null,
  ): void {
    this.#curve.push({
      epoch: Math.max(1, epoch),
      loss: finiteOrNull(loss),
      validationLoss: finiteOrNull(validation?.loss ?? null),
      validationScore: validation?.score ?? null,
      learningRate,
    });
  }

  #tell({ epoch, loss }: StepReport): void {
    if (Date.now() - this.#toldAtMs < PROGRESS_INTERVAL_MS) return;
    this.#toldAtMs = Date.now();
    const { problem, candidate, maxSeconds, data } = this.#options;
    const elapsed = (performance.now() - this.#startedAtMs) / 1000;
    const rowsPerSecond = elapsed > 0 ? this.#rows / elapsed : 0;
    const rowsLeft = Math.max(0, this.#maxEpochs - this.#curve.length) * data.rows;
    const byRows = rowsPerSecond > 0 ? rowsLeft / rowsPerSecond : null;
    const byTime = maxSeconds === null ? null : Math.max(0, maxSeconds - this.#seconds());
    this.#options.onProgress({
      estimator: candidate.estimator,
      epoch,
      maxEpochs: this.#maxEpochs,
      loss: finiteOrNull(loss),
      metric: problem.metric,
      score: this.#best?.score ?? null,
      rowsPerSecond,
      etaSeconds: byRows === null ? byTime : Math.min(byRows, byTime ?? byRows),
    });
  }

  #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#startedAtMs) / 1000;
  }

  #state(): Uint8Array {
    return encodeTrainingState(
      { curve: this.#curve, best: this.#best, seconds: this.#seconds() },
      this.#training.state(),
    );
  }
}

const finiteOrNull = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

const allFinite = (weights: Weights): boolean =>
  weights.every(({ values }) => values.every((value) => Number.isFinite(value)));
