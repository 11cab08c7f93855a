import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunState } from '../schemas/run-state.ts';
import type { TrainingProgress } from '../schemas/training.ts';

/** Where the run stands, for programs; people read the current details. */
export const runState = defineQuery<RunState>('runState');

interface ProgressMessage {
  readonly activityId: string;
  readonly progress: TrainingProgress | null;
}

/** Sent by training activities, seldom, so that the run's current details move. */
export const trainingProgress = defineSignal<[ProgressMessage]>('trainingProgress');

/** Whether a signal says what it should. */
export function isProgressMessage(message: unknown): message is ProgressMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { activityId, progress } = message as Partial<ProgressMessage>;
  return typeof activityId === 'string' && (progress === null || isProgress(progress));
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
