import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { Candidate } from './hyperparameters.ts';

/** Rows to train on: `fit` keeps validation aside, `all` is the refit on both. */
export const TrainingRows = z.enum(['fit', 'all']);
export type TrainingRows = z.infer<typeof TrainingRows>;

/** Refused: another worker may fit. Restarted: from the beginning. Resumed: and recorded as mixed. */
export const OtherFingerprint = z.enum(['refuse', 'restart', 'resume']);
export type OtherFingerprint = z.infer<typeof OtherFingerprint>;

/** How the steps of a training were run, and why. */
export const TrainingExecution = z.strictObject({
  /** A graph that does many steps in one call, or the host that calls op after op. */
  engine: z.enum(['graph', 'op-by-op']),
  reason: z.string(),
});
export type TrainingExecution = z.infer<typeof TrainingExecution>;

/** One training: what the worker hands to a compute process. */
export const TrainingRequest = z.strictObject({
  /** The prepared data document. */
  prepared: ArtifactRef,
  candidate: Candidate,
  /** Package of an imported model whose weights it begins with; absent where they are drawn. */
  startFrom: ArtifactRef.optional(),
  rows: TrainingRows,
  seed: z.int().nonnegative(),
  /** Most epochs, lower than the candidate's own when the budget says so. */
  maxEpochs: z.int().positive().nullable(),
  /** Wall-clock limit; the epochs reached are recorded, so that the run can be repeated by count. */
  maxSeconds: z.number().positive().nullable(),
  checkpointSeconds: z.number().positive(),
  /** What to do with a checkpoint that other arithmetic has made. */
  otherFingerprint: OtherFingerprint,
});
export type TrainingRequest = z.infer<typeof TrainingRequest>;

/** One point of the learning curve. Losses and scores are on the scale that the model is trained on. */
export const EpochRecord = z.strictObject({
  epoch: z.int().positive(),
  loss: z.number().nullable(),
  validationLoss: z.number().nullable(),
  validationScore: z.number().nullable(),
  learningRate: z.number().nullable(),
});
export type EpochRecord = z.infer<typeof EpochRecord>;

/** What a heartbeat carries. */
export const TrainingProgress = z.strictObject({
  estimator: z.string(),
  epoch: z.int().nonnegative(),
  maxEpochs: z.int().positive(),
  loss: z.number().nullable(),
  metric: z.string(),
  score: z.number().nullable(),
  rowsPerSecond: z.number().nonnegative(),
  etaSeconds: z.number().nonnegative().nullable(),
});
export type TrainingProgress = z.infer<typeof TrainingProgress>;

/** What identifies the arithmetic: bit-identity is promised where this is equal. */
export const NumericFingerprint = z.strictObject({
  platform: z.string(),
  cpuModel: z.string(),
  cpuFeatures: z.string(),
  backend: z.string(),
  tensorflow: z.string(),
  oneDnn: z.boolean(),
  intraOpThreads: z.int(),
  interOpThreads: z.int(),
  /** Model of the GPU that it was computed on; null on the CPU. */
  gpu: z.string().nullable().default(null),
});
export type NumericFingerprint = z.infer<typeof NumericFingerprint>;

export const TrainingOutcome = z.strictObject({
  candidate: Candidate,
  rows: TrainingRows,
  /** The weights, in safetensors format. */
  weights: ArtifactRef,
  /** Over (name, dtype, shape, raw little-endian values) of each tensor. */
  weightsHash: Sha256,
  /** Learning curve: a JSON array of EpochRecord. */
  curve: ArtifactRef,
  /** `diverged`: loss became NaN or infinite; the weights are the best before that, or the initial ones. */
  status: z.enum(['completed', 'stopped-early', 'out-of-time', 'diverged']),
  epochs: z.int().positive(),
  bestEpoch: z.int().positive(),
  /** The problem's metric on the validation part, and on the fit part; null for a refit or where undefined. */
  validationScore: z.number().nullable(),
  fitScore: z.number().nullable(),
  /**
   * What the model says of the validation rows, as it gives it: float64, little-endian. Of every n-th
   * row, where all would be too many; null for a refit.
   */
  predictions: ArtifactRef.nullable().default(null),
  /** Null where it was validated on the one part; `validationScore` and `predictions` are of all folds. */
  crossValidation: z
    .strictObject({
      folds: z.int().min(2),
      /** On the validation part, which is the first fold. */
      firstScore: z.number().nullable(),
    })
    .nullable()
    .default(null),
  seconds: z.number().nonnegative(),
  /** Null where the estimator has a way of its own. */
  execution: TrainingExecution.nullable(),
  fingerprint: NumericFingerprint,
  /** Other arithmetic that earlier attempts worked with, where the job allows such a mixture. */
  mixedWith: z.array(NumericFingerprint),
});
export type TrainingOutcome = z.infer<typeof TrainingOutcome>;
