import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Delivery } from '../schemas/callback.ts';
import type { Extension, ExtensionRequest } from '../schemas/extension.ts';
import type { Job } from '../schemas/job.ts';
import type { AskedPipeline, Decision, PipelineState } from '../schemas/pipeline-run.ts';
import type { RunState } from '../schemas/run-state.ts';
import type { TrainingProgress } from '../schemas/training.ts';
import type { BudgetState } from './budget-clock.ts';

/** Where the run stands, for programs; people read the current details. */
export const runState = defineQuery<RunState>('runState');

interface ProgressMessage {
  readonly label: string;
  readonly progress: TrainingProgress | null;
}

/** Sent by training activities, seldom, so that the run's current details move. */
export const trainingProgress = defineSignal<[ProgressMessage]>('trainingProgress');

/** What people and programs may tell a run: each an Update, which is answered, with a Signal beside it. */
/** To attach to a run: answered when its job has been read. */
export const attachUpdate = defineUpdate<{ readonly job: Job }>('attach');
export const pauseUpdate = defineUpdate<void>('pause');
export const resumeUpdate = defineUpdate<void>('resume');
export const extendUpdate = defineUpdate<Extension, [ExtensionRequest]>('extend');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const extendSignal = defineSignal<[ExtensionRequest]>('extend');

/** Where a graph stands, for programs; people read the current details. */
export const pipelineState = defineQuery<PipelineState>('pipelineState');
/** To attach to a run of a graph: answered when what was asked for has been read. */
export const attachPipelineUpdate = defineUpdate<AskedPipeline>('attach');
/** An answer to a question that a graph waits with. */
export const approveUpdate = defineUpdate<void, [Decision]>('approve');
export const approveSignal = defineSignal<[Decision]>('approve');
/** What another system was asked for, and gives later. */
export const deliverUpdate = defineUpdate<void, [Delivery]>('deliver');

/** From a run to its study: how things stand now. Whatever was said before no longer counts. */
export const steer =
  defineSignal<[{ readonly paused: boolean; readonly budget: BudgetState }]>('steer');

/** From a study, or whoever does a step, to its run: what the step is doing. */
export const stepNote =
  defineSignal<[{ readonly step: string; readonly text: string }]>('stepNote');

/** Whether a signal says what it should. */
export function isProgressMessage(message: unknown): message is ProgressMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { label, progress } = message as Partial<ProgressMessage>;
  return typeof label === 'string' && (progress === null || isProgress(progress));
}

function isProgress(progress: Partial<TrainingProgress> | undefined): boolean {
  if (typeof progress !== 'object') return false;
  const { estimator, metric, epoch, maxEpochs, rowsPerSecond } = progress;
  const { loss, score, etaSeconds } = progress;
  return (
    [estimator, metric].every((text) => typeof text === 'string') &&
    [epoch, maxEpochs, rowsPerSecond].every((value) => typeof value === 'number') &&
    [loss, score, etaSeconds].every((value) => value === null || typeof value === 'number')
  );
}
