import { z } from 'zod';
import { ArtifactRef } from './artifact.ts';
import { Calibrating, Deciding } from './deciding.ts';
import { Ensembling } from './ensemble.ts';
import { Interval } from './evaluation.ts';
import { Candidate, EstimatorName } from './hyperparameters.ts';
import { ImageSize } from './image.ts';
import { PartName } from './prepared-data.ts';
import { MetricName, Problem } from './problem.ts';
import { Round } from './round.ts';
import { NumericFingerprint, TrainingOutcome } from './training.ts';

/** What each of the seven steps hands on: small values and references, never data. */
export const Preprocessed = z.strictObject({
  prepared: ArtifactRef,
  transform: ArtifactRef,
  report: ArtifactRef,
  problem: Problem,
  rows: z.strictObject({ fit: z.int(), validation: z.int(), test: z.int() }),
  /** By which candidates are compared: 1 is the validation part alone. */
  folds: z.int().positive().default(1),
  /** Model inputs after one-hot encoding. */
  width: z.int().positive(),
  /** Of them, those that are terms of free texts; absent where there are none. */
  terms: z.int().positive().optional(),
  /** Of the image that each row begins with; absent where there is none. */
  image: ImageSize.optional(),
  fingerprint: NumericFingerprint,
});
export type Preprocessed = z.infer<typeof Preprocessed>;

export const RankedEstimator = z.strictObject({
  estimator: EstimatorName,
  /** Validation score; null when its training failed. */
  score: z.number().nullable(),
  reason: z.string(),
  /** Of training. */
  seconds: z.number().nonnegative(),
});
export type RankedEstimator = z.infer<typeof RankedEstimator>;

/** An estimator that suits the task, and was not screened all the same. */
export const LeftOutEstimator = z.strictObject({ estimator: EstimatorName, reason: z.string() });
export type LeftOutEstimator = z.infer<typeof LeftOutEstimator>;

export const Selection = z.strictObject({
  ranking: z.array(RankedEstimator).min(1),
  leftOut: z.array(LeftOutEstimator),
  reason: z.string(),
  /** Worth tuning, best first. */
  finalists: z.array(Candidate).min(1),
  best: TrainingOutcome,
  /** All that were screened, as they were ranked. */
  screened: z.array(TrainingOutcome).default([]),
  /** The linear model that every other has to beat. */
  reference: TrainingOutcome,
});
export type Selection = z.infer<typeof Selection>;

export const Tuning = z.strictObject({
  /** Of the run whose record holds the trials. */
  runId: z.string(),
  best: TrainingOutcome,
  /** Null when no trial beat the screened default. */
  bestTrial: z.int().nullable(),
  trials: z.int().nonnegative(),
  failed: z.int().nonnegative(),
});
export type Tuning = z.infer<typeof Tuning>;

/** The figures of an evaluation; the whole of it lies in the store. */
export const EvaluationSummary = z.strictObject({
  artifact: ArtifactRef,
  part: PartName,
  metric: MetricName,
  score: z.number(),
  interval: Interval,
  metrics: z.partialRecord(MetricName, z.number()),
});
export type EvaluationSummary = z.infer<typeof EvaluationSummary>;

export const Evaluated = z.strictObject({
  validation: EvaluationSummary,
  test: EvaluationSummary,
});
export type Evaluated = z.infer<typeof Evaluated>;

export const Optimisation = z.strictObject({
  rounds: z.array(Round),
  /** Why there were no more rounds. */
  stopped: z.string(),
  /** Null where the job wants none, or the time was spent. */
  ensemble: Ensembling.nullable().default(null),
  /** Of classes, where the metric is one of decisions; null where the likeliest is right for it. */
  decision: Deciding.nullable().default(null),
  /** Of probabilities; null where there are none, the job wants none, or nothing is known to go by. */
  calibration: Calibrating.nullable().default(null),
  /** Trained on the fit part: what the rounds, or the ensembling, chose by validation. */
  chosen: TrainingOutcome,
  /** What is deployed: `chosen`, or its refit on all training rows. */
  final: TrainingOutcome,
  refit: z.strictObject({ done: z.boolean(), reason: z.string() }),
  /** Of `final`, on the untouched test part. */
  evaluation: EvaluationSummary,
});
export type Optimisation = z.infer<typeof Optimisation>;

export const Deployment = z.strictObject({
  package: ArtifactRef,
  version: z.int().positive().nullable(),
  alias: z.string().nullable(),
  /** For people, in Markdown. */
  report: ArtifactRef,
  /** The same for programs: a RunReport. */
  reportJson: ArtifactRef,
  reportHtml: ArtifactRef,
});
export type Deployment = z.infer<typeof Deployment>;
