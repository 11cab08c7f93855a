import type { Problem } from '../schemas/problem.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { relativeGain } from './score.ts';

/** What a candidate was trained to anew, or before, where a time limit has cut the new training short. */
export const unlessCutShort = <Outcome extends Pick<TrainingOutcome, 'status' | 'validationScore'>>(
  problem: Problem,
  before: Outcome,
  anew: Outcome,
): Outcome =>
  anew.status === 'out-of-time' &&
  relativeGain(problem, before.validationScore, anew.validationScore) < 0
    ? before
    : anew;
