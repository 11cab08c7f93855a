import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunState } from '../schemas/run-state.ts';
import type { TrainingProgress } from '../schemas/training.ts';

/** Where the run stands, for programs; people read the current details. */
export const runState = defineQuery<RunState>('runState');

/** Sent by training activities, seldom, so that the run's current details move. */
export const trainingProgress =
  defineSignal<[{ readonly activityId: string; readonly progress: TrainingProgress | null }]>(
    'trainingProgress',
  );
