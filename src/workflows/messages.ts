import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RunState } from '../schemas/run-state.ts';
import type { TrainingProgress } from '../schemas/training.ts';

/** Where the run stands, for programs; people read the current details. */
export const runState = defineQuery<RunState>('runState');

/** Sent by training activities, seldom, so that the run's current details move. */
export const trainingProgress =
  defineSignal<[{ readonly activityId: string; readonly progress: TrainingProgress | null }]>(
    'trainingProgress',
  );

/** What people and programs may tell a run: each an Update, which is answered, with a Signal beside it. */
export const pauseUpdate = defineUpdate<void>('pause');
export const resumeUpdate = defineUpdate<void>('resume');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
