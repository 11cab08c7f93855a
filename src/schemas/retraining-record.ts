import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { Interval } from './evaluation.ts';
import { MetricName } from './problem.ts';

/** The latest data, as it was found: what a run of a schedule trains on. */
export const DataSnapshot = z.strictObject({
  /** What the lifecycle reads. */
  path: z.string(),
  /** SHA-256 over the bytes of the table and, where there is one, of the test table. */
  sha256: Sha256,
  bytes: z.int().nonnegative(),
  /** Half open: from `start` until before `end`. */
  interval: z.strictObject({ start: z.iso.datetime(), end: z.iso.datetime() }),
  /** What a query gave, kept; null where the data is a file of its own. */
  artifact: ArtifactRef.nullable(),
});
export type DataSnapshot = z.infer<typeof DataSnapshot>;

/** How far one column of the new data is from what the champion was trained on. */
export const ColumnDrift = z.strictObject({
  column: z.string(),
  /** Population stability index; 0 where the shares of all bins are equal. */
  psi: z.number().nonnegative(),
  /** What chance alone gives in one of a thousand comparisons of so many rows. */
  chance: z.number().nonnegative(),
  drifted: z.boolean(),
});
export type ColumnDrift = z.infer<typeof ColumnDrift>;

/** How the cells of a column differ from what they were in the champion's data. */
export const DataFinding = z.strictObject({
  column: z.string(),
  kind: z.enum(['types', 'range', 'categories', 'missing']),
  /** Of the cells that differ. */
  share: z.number().min(0).max(1),
  /** `error`: so many that the data is another one; `warning`: 1 % and more. */
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});
export type DataFinding = z.infer<typeof DataFinding>;

/** What the check of new data against the champion found. */
export const DataCheck = z.strictObject({
  rows: z.int().nonnegative(),
  /** That the champion was trained on. */
  championRows: z.int().nonnegative(),
  /** Largest first; empty where the champion's own data is gone. */
  columns: z.array(ColumnDrift),
  /** Worst first. */
  findings: z.array(DataFinding).default([]),
  warnings: z.array(z.string()),
});
export type DataCheck = z.infer<typeof DataCheck>;

/** Champion and challenger on the same held-out rows. */
export const Comparison = z.strictObject({
  metric: MetricName,
  direction: z.enum(['maximise', 'minimise']),
  rows: z.int().positive(),
  champion: z.strictObject({ version: z.int().positive(), score: z.number() }),
  challenger: z.strictObject({ version: z.int().positive(), score: z.number() }),
  /** Of the challenger over the champion: positive is better, whatever the metric's direction. */
  gain: z.number(),
  /** Paired bootstrap percentile interval of the gain. */
  interval: Interval,
  confidence: z.number(),
  margin: z.number(),
  /** Whether the whole interval lies above the margin. */
  isBetter: z.boolean(),
  warnings: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;

/** What a run of `retrain` came to; its record in the store. */
export const RetrainingRecord = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  workflowId: z.string(),
  model: z.string(),
  scheduledAt: z.iso.datetime(),
  /** `unchanged`: not trained, because neither data nor job had changed. */
  decision: z.enum(['unchanged', 'first', 'promoted', 'kept']),
  /** In one sentence. */
  reason: z.string(),
  data: DataSnapshot,
  /** Null where there was no champion, or nothing new. */
  check: DataCheck.nullable(),
  comparison: Comparison.nullable(),
  /** The lifecycle run that trained the challenger; null where none did. */
  lifecycle: z
    .strictObject({
      workflowId: z.string(),
      runId: z.string(),
      version: z.int().positive(),
      report: ArtifactRef,
    })
    .nullable(),
  /** The champion's version after this run. */
  champion: z.int().positive().nullable(),
});
export type RetrainingRecord = z.infer<typeof RetrainingRecord>;

/** What the workflow `retrain` returns: its record, and that as a report in Markdown. */
export const RetrainingResult = RetrainingRecord.extend({ report: ArtifactRef });
export type RetrainingResult = z.infer<typeof RetrainingResult>;

/** The last retraining of a model that came to its end: what "nothing has changed" is measured by. */
export const LastRetraining = z.strictObject({
  schemaVersion: z.literal(1),
  /** Hash of the data and the job. */
  key: Sha256,
  runId: z.string(),
  at: z.iso.datetime(),
});
export type LastRetraining = z.infer<typeof LastRetraining>;

/** Of a schedule that is to pause after failures in a row: how many there are. */
export const RetrainingStreak = z.strictObject({
  schemaVersion: z.literal(1),
  /** Runs that have failed since the last success, or the last pause. */
  failed: z.array(z.string()),
  /** The run that has paused it last. */
  pausedBy: z.string().nullable(),
});
export type RetrainingStreak = z.infer<typeof RetrainingStreak>;
