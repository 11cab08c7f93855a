import type { HowToDecide } from '../ml/metrics/decide.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Calibrating, Deciding } from '../schemas/deciding.ts';
import type { Ensembling } from '../schemas/ensemble.ts';
import type { Job } from '../schemas/job.ts';
import type { EvaluationSummary, Preprocessed } from '../schemas/lifecycle-steps.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { PartName } from '../schemas/prepared-data.ts';
import type { DriftPolicy, PromotionPolicy, Retraining } from '../schemas/retraining.ts';
import type { Comparison, DataCheck, DataSnapshot } from '../schemas/retraining-record.ts';
import type { TrainingOutcome, TrainingProgress, TrainingRequest } from '../schemas/training.ts';
import type { CheckpointLog } from '../stores/checkpoint-log.ts';
import type { OpenStores } from '../stores/index.ts';

/** Heavy work by kind: what each is given, and what it comes to. */
export interface ComputeTasks {
  prepare: { request: { job: Job }; outcome: Preprocessed };
  train: { request: TrainingRequest; outcome: TrainingOutcome };
  crossValidate: {
    request: {
      training: TrainingRequest;
      /** What it came to on the first fold. */
      first: TrainingOutcome;
    };
    outcome: TrainingOutcome;
  };
  evaluate: {
    request: HowToDecide & {
      prepared: ArtifactRef;
      model: TrainingOutcome;
      reference: TrainingOutcome;
      part: Exclude<PartName, 'fit'>;
      seed: number;
    };
    outcome: EvaluationSummary;
  };
  ensemble: {
    request: {
      prepared: ArtifactRef;
      /** Of the runs whose trials are among the models; the first that has any. */
      trialsOf: readonly string[];
      /** Models besides those. */
      others: TrainingOutcome[];
      /** What would be deployed without an ensemble. */
      chosen: TrainingOutcome;
      /** Members. */
      most: number;
      /** To train all members again; null: as long as it takes. */
      seconds: number | null;
      seed: number;
    };
    /** The model is null where it isn't worth more than the best one alone. */
    outcome: { ensemble: Ensembling; model: TrainingOutcome | null };
  };
  decide: {
    request: {
      prepared: ArtifactRef;
      model: TrainingOutcome;
      /** What there is to choose; absent in orders of before there was a calibration. */
      choose?: { calibration: boolean; decision: boolean };
      seed: number;
    };
    /** Null where there is nothing to choose, or nothing is known to choose by. */
    outcome: { calibration: Calibrating | null; decision: Deciding | null };
  };
  explain: {
    request: HowToDecide & {
      prepared: ArtifactRef;
      model: TrainingOutcome;
      seed: number;
    };
    outcome: { insights: ArtifactRef };
  };
  render: {
    /** The report as JSON. */
    request: { report: ArtifactRef };
    outcome: { page: ArtifactRef };
  };
  /** A TypeScript step of a user. */
  step: {
    request: { uses: string; inputs: Readonly<Record<string, unknown>> };
    outcome: Record<string, unknown>;
  };
  package: {
    request: HowToDecide & {
      runId: string;
      job: Job;
      data: Preprocessed;
      model: TrainingOutcome;
      evaluation: EvaluationSummary;
    };
    outcome: ArtifactRef;
  };
  resolve: {
    request: { retraining: Retraining; scheduledAt: string };
    outcome: DataSnapshot;
  };
  check: {
    request: {
      job: Job;
      champion: Pick<ModelVersion, 'package' | 'runId'>;
      policy: DriftPolicy;
    };
    outcome: DataCheck;
  };
  compare: {
    request: {
      job: Job;
      /** Of the data that the challenger should have been trained on. */
      dataHash: string;
      champion: Pick<ModelVersion, 'package' | 'runId' | 'version'>;
      challenger: { package: ArtifactRef; version: number };
      promotion: PromotionPolicy;
    };
    outcome: Comparison;
  };
}

export type TaskKind = keyof ComputeTasks;
export type RequestOf<Kind extends TaskKind> = ComputeTasks[Kind]['request'];
export type OutcomeOf<Kind extends TaskKind> = ComputeTasks[Kind]['outcome'];

/** Proof that a task moves, with what there is to tell. */
export type TaskProgress =
  | { readonly kind: 'training'; readonly training: TrainingProgress }
  | { readonly kind: 'note'; readonly message: string; readonly share?: number | undefined }
  | { readonly kind: 'rows'; readonly pass: string; readonly rows: number };

/** How much memory a process and its surroundings used at one moment. */
export interface MemorySample {
  readonly atMs: number;
  /** Resident bytes of the process. */
  readonly rssBytes: number;
  /** Bytes that were free around it, in its container or on the machine. */
  readonly freeBytes: number;
}

/** What a task works with. */
export interface TaskContext {
  readonly stores: Pick<OpenStores, 'objects' | 'artifacts' | 'documents'>;
  /** A folder of its own for files that are not finished; gone when the task ends. */
  readonly workFolder: string;
  /** Where its state is kept, and what an earlier attempt has left. */
  readonly log: CheckpointLog;
  /** Names of the logs of the work that this extends, newest first, for where its own has no checkpoint. */
  readonly extend: readonly string[];
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
}

export type Task<Kind extends TaskKind> = (
  request: RequestOf<Kind>,
  context: TaskContext,
) => Promise<OutcomeOf<Kind>>;
