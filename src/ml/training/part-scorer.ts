import type { RecordLayout, TargetScale } from '../../schemas/prepared-data.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { FeatureEncoding } from '../data/densify.ts';
import { unscaleTarget } from '../data/target-scale.ts';
import type { Predictor, Training } from '../estimators/estimator.ts';
import { logLoss } from '../metrics/probabilities.ts';
import { mse } from '../metrics/regression.ts';
import { scoreMetric } from '../metrics/score.ts';
import { collectTargets, predictRaw } from './predict-all.ts';
import type { Batch, TrainingData } from './training-data.ts';

/** Values that may be kept dense between epochs: 64 MiB of float32. */
const MOST_KEPT_VALUES = 2 ** 24;

export interface PartScore {
  /** The problem's metric, in original units; null where it is undefined. */
  readonly score: number | null;
  /** Mean squared error of the scaled target, or log loss. */
  readonly loss: number;
  /** As the model gives them: [rows, outputs]. */
  readonly outputs: Float64Array;
}

/** Scores models on one part of the data, many times over. */
export class PartScorer {
  readonly #data: TrainingData;
  readonly #truth: Float64Array;
  readonly #problem: Problem;
  readonly #targetScale: TargetScale;
  #scaledTargets: Float64Array | undefined;

  /** @param truth [rows]: values in original units, or indices of classes */
  constructor(data: TrainingData, truth: Float64Array, problem: Problem, targetScale: TargetScale) {
    this.#data = data.rows * data.width <= MOST_KEPT_VALUES ? new KeptBatches(data) : data;
    this.#truth = truth;
    this.#problem = problem;
    this.#targetScale = targetScale;
  }

  async score(predictor: Predictor): Promise<PartScore> {
    return this.#scoreOutputs(await predictRaw(predictor, this.#data));
  }

  /** By the training's own way to its outputs, where it has one. */
  async scoreTraining(training: Training, load: () => Promise<Predictor>): Promise<PartScore> {
    if (training.outputs !== undefined) {
      return this.#scoreOutputs(await training.outputs(this.#data));
    }
    const predictor = await load();
    try {
      return await this.score(predictor);
    } finally {
      predictor.dispose();
    }
  }

  async #scoreOutputs(raw: Float64Array): Promise<PartScore> {
    const problem = this.#problem;
    if (problem.task !== 'regression') {
      const score = scoreMetric(problem.metric, { problem, truth: this.#truth, outputs: raw });
      return { score, loss: logLoss(this.#truth, raw, problem.classes.length), outputs: raw };
    }
    this.#scaledTargets ??= await collectTargets(this.#data);
    const values = raw.map((value) => unscaleTarget(value, this.#targetScale));
    const score = scoreMetric(problem.metric, { problem, truth: this.#truth, outputs: values });
    return { score, loss: mse(this.#scaledTargets, raw), outputs: raw };
  }
}

/** Batches in order, made once. */
class KeptBatches implements TrainingData {
  readonly rows: number;
  readonly width: number;
  readonly layout: RecordLayout;
  readonly #data: TrainingData;
  readonly #kept: Batch[] = [];
  readonly #otherEncodings = new Map<FeatureEncoding, KeptBatches>();

  constructor(data: TrainingData) {
    this.rows = data.rows;
    this.width = data.width;
    this.layout = data.layout;
    this.#data = data;
  }

  encodedAs(encoding: FeatureEncoding): TrainingData {
    const data = this.#data.encodedAs(encoding);
    if (data === this.#data) return this;
    const found = this.#otherEncodings.get(encoding) ?? new KeptBatches(data);
    this.#otherEncodings.set(encoding, found);
    return found;
  }

  async *batches(batchSize: number): AsyncGenerator<Batch> {
    if (this.#kept.length === 0) {
      for await (const batch of this.#data.batches(batchSize)) this.#kept.push(batch);
    }
    yield* this.#kept;
  }
}
