import { canonicalJson } from '../../canonical-json.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { Prescription } from '../../schemas/round.ts';
import type { EpochRecord, TrainingOutcome } from '../../schemas/training.ts';
import { estimatorFor, parseHyperparameters } from '../estimators/index.ts';
import { diagnose } from './diagnose.ts';
import { readSymptoms } from './symptoms.ts';
import { treatments } from './treatments.ts';

/**
 * Reads a training's validation results and learning curve, and says what to change: the first
 * treatment of its diagnosis that has not been tried.
 */
export function prescribe({
  problem,
  candidate,
  outcome,
  curve,
  referenceScore,
  tried,
  keep = [],
}: {
  readonly problem: Problem;
  readonly candidate: Candidate;
  readonly outcome: TrainingOutcome;
  readonly curve: readonly EpochRecord[];
  /** Validation score of the linear model. */
  readonly referenceScore: number | null;
  readonly tried: readonly Candidate[];
  /** Names of hyperparameters that are not changed. */
  readonly keep?: readonly string[];
}): Prescription {
  const symptoms = readSymptoms(problem, outcome, curve, referenceScore);
  const { diagnosis, evidence } = diagnose(symptoms);
  const { estimator, hyperparameters } = candidate;
  const known = new Set([candidate, ...tried].map(identify));
  const next = treatments(diagnosis, estimator, hyperparameters, outcome.bestEpoch)
    .map(({ action, hyperparameters: changed }) => ({
      action,
      candidate: { estimator, hyperparameters: changed },
    }))
    .find(
      (treatment) =>
        !known.has(identify(treatment.candidate)) &&
        keep.every((name) => isKept(name, candidate, treatment.candidate)),
    );
  return {
    diagnosis,
    evidence,
    action: next?.action ?? null,
    candidate: next?.candidate ?? null,
  };
}

const isKept = (name: string, before: Candidate, after: Candidate): boolean =>
  canonicalJson(before.hyperparameters[name] ?? null) ===
  canonicalJson(after.hyperparameters[name] ?? null);

/** Equal for candidates that train alike, whether or not their defaults are written out. */
const identify = ({ estimator, hyperparameters }: Candidate): string =>
  canonicalJson([estimator, parseHyperparameters(estimatorFor(estimator), hyperparameters)]);
