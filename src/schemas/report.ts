import { z } from 'zod';
import { Sha256 } from './artifact.ts';
import { DataReport } from './data-report.ts';
import { Calibrating, Deciding } from './deciding.ts';
import { Ensembling } from './ensemble.ts';
import { Evaluation } from './evaluation.ts';
import { Candidate } from './hyperparameters.ts';
import { Insights } from './insights.ts';
import { Job } from './job.ts';
import { LeftOutEstimator, RankedEstimator } from './lifecycle-steps.ts';
import { ExportVerification, FormatName } from './model-export.ts';
import { Pipeline } from './pipeline.ts';
import { Decision, Problem } from './problem.ts';
import { Round } from './round.ts';
import { RerunOf, StepStatus } from './run.ts';
import { EpochRecord, NumericFingerprint } from './training.ts';

/** One trial in a line. */
export const TrialSummary = z.strictObject({
  number: z.int().nonnegative(),
  candidate: Candidate,
  score: z.number().nullable(),
  status: z.string(),
  epochs: z.int(),
  seconds: z.number(),
});
export type TrialSummary = z.infer<typeof TrialSummary>;

/** One format in a line. */
export const ExportSummary = z.strictObject({
  format: FormatName,
  bytes: z.int().nonnegative(),
  ...ExportVerification.shape,
});
export type ExportSummary = z.infer<typeof ExportSummary>;

/** One step in a line. */
export const StepSummary = z.strictObject({
  id: z.string(),
  status: StepStatus,
  /** Null while it goes on: the last step writes the report. */
  seconds: z.number().nullable(),
  /** The run that did it; null where it was this one. */
  reusedFrom: z.string().nullable(),
});
export type StepSummary = z.infer<typeof StepSummary>;

/** The whole story of a run: what was decided, why, and what came of it. */
export const RunReport = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  workflowId: z.string(),
  requestedBy: z.string(),
  startedAt: z.iso.datetime(),
  rerunOf: RerunOf.nullable().default(null),
  /** The graph that was carried out; null in reports of before it was kept. */
  steps: z
    .strictObject({ plan: Pipeline, done: z.array(StepSummary) })
    .nullable()
    .default(null),
  model: z.string(),
  /** Null when the job says not to register. */
  version: z.int().positive().nullable(),
  job: Job,
  problem: Problem,
  decisions: z.array(Decision),
  data: DataReport,
  selection: z.strictObject({
    ranking: z.array(RankedEstimator),
    leftOut: z.array(LeftOutEstimator).default([]),
    reason: z.string(),
  }),
  trials: z.array(TrialSummary),
  /** Null when no trial beat the screened default. */
  bestTrial: z.int().nullable(),
  optimisation: z.strictObject({
    rounds: z.array(Round),
    stopped: z.string(),
    ensemble: Ensembling.nullable().default(null),
    decision: Deciding.nullable().default(null),
    calibration: Calibrating.nullable().default(null),
    refit: z.strictObject({ done: z.boolean(), reason: z.string() }),
  }),
  final: z.strictObject({
    candidate: Candidate,
    status: z.string(),
    epochs: z.int(),
    bestEpoch: z.int(),
  }),
  /** Of the model of step 4, which the rounds started from. */
  validation: Evaluation,
  /** Of the deployed model, on rows that no decision saw. */
  test: Evaluation,
  /** Learning curves: of step 4, and of the refit where there was one. */
  learning: z.array(z.strictObject({ name: z.string(), epochs: z.array(EpochRecord) })),
  /** Of the deployed model on the test rows. */
  insights: Insights,
  /** Seconds spent in training, over all trials and rounds. */
  trainingSeconds: z.number(),
  /** The formats that the model was written in beside its own. */
  exports: z.array(ExportSummary).default([]),
  hashes: z.strictObject({ data: Sha256, transform: Sha256, weights: Sha256, package: Sha256 }),
  versions: z.record(z.string(), z.string()),
  fingerprint: NumericFingerprint,
});
export type RunReport = z.infer<typeof RunReport>;
