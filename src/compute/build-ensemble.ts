import { chooseEnsemble, type EnsembleChoice } from '../ml/ensemble/choose-ensemble.ts';
import type { Library } from '../ml/ensemble/library.ts';
import { pickCandidates } from '../ml/ensemble/pick-candidates.ts';
import { averageOf } from '../ml/ensemble/select-members.ts';
import { nestWeights } from '../ml/estimators/ensemble/nested-weights.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { decodeWeights, encodeWeights, hashWeights } from '../ml/weights.ts';
import { refitSeconds } from '../refit-seconds.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Ensembling } from '../schemas/ensemble.ts';
import type { EnsembleHyperparameters, SingleEstimatorName } from '../schemas/hyperparameters.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { putJson } from '../stores/json-artifact.ts';
import { readTrials } from '../stores/read-trials.ts';
import type { Task } from './compute-task.ts';
import { truthOfFolds } from './fold-rows.ts';
import { readPrepared } from './prepared-rows.ts';
import { keptTruth, putOutputs, readOutputs } from './validation-outputs.ts';

interface Member {
  readonly outcome: TrainingOutcome;
  /** How often it was chosen. */
  readonly count: number;
}

/** Chooses an ensemble among the models that were tried, and makes it of their weights. */
export const buildEnsemble: Task<'ensemble'> = async (
  { prepared: ref, trialsOf, others, chosen, most, seconds, seed },
  { stores: { artifacts, documents } },
) => {
  const prepared = await readPrepared(artifacts, ref);
  const trials = (await readTrials(documents, trialsOf)).flatMap(({ outcome }) => outcome ?? []);
  const candidates = pickCandidates(prepared.problem, chosen, [...others, ...trials]);
  const refuse = (reason: string) => ({
    ensemble: {
      ...{ considered: candidates.length, members: [], score: null, singleScore: null },
      ...{ kept: false, reason },
    },
    model: null,
  });
  if (candidates.length < 2) return refuse('there is one model alone');
  const library = await openLibrary(artifacts, prepared, candidates);
  const choice = chooseEnsemble(
    library,
    { most, seconds: seconds ?? Number.POSITIVE_INFINITY },
    seed,
  );
  const members = candidates
    .map((outcome, i): Member => ({ outcome, count: choice.counts[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  if (members.length < 2) return refuse('no mean of several models is better than the best one');
  const ensemble = describe(candidates.length, members, choice);
  return {
    ensemble,
    model: ensemble.kept ? await assemble(artifacts, members, choice, library) : null,
  };
};

/** What the models say of the rows that they were validated on. */
async function openLibrary(
  artifacts: ArtifactStore,
  prepared: PreparedData,
  candidates: readonly TrainingOutcome[],
): Promise<Library> {
  const { problem, targetScale } = prepared;
  const truths = await truthOfFolds(artifacts, prepared);
  const folds = candidates[0]?.crossValidation?.folds ?? 1;
  const outputs: Float64Array[] = [];
  for (const { predictions } of candidates) {
    outputs.push(await readOutputs(artifacts, predictions as ArtifactRef));
  }
  const truth = keptTruth(truths.slice(0, folds), problem);
  return { problem, targetScale, truth, outputs, costs: candidates.map(refitSeconds) };
}

function describe(
  considered: number,
  members: readonly Member[],
  { ensemble, single, isBetter }: EnsembleChoice,
): Ensembling {
  const size = members.reduce((sum, { count }) => sum + count, 0);
  return {
    considered,
    members: members.map(({ outcome, count }) => ({
      estimator: outcome.candidate.estimator as SingleEstimatorName,
      share: count / size,
      score: outcome.validationScore,
    })),
    score: ensemble.score,
    singleScore: single.score,
    kept: isBetter,
    reason: isBetter
      ? 'ensembles are better than single models on rows that neither was chosen by'
      : 'on rows that neither was chosen by, ensembles are not better than single models',
  };
}

/** One model of the members as they were trained on the fit part. */
async function assemble(
  artifacts: ArtifactStore,
  members: readonly Member[],
  { ensemble, counts }: EnsembleChoice,
  library: Library,
): Promise<TrainingOutcome> {
  const [{ outcome: first }] = members as [Member];
  const weights = nestWeights(
    await Promise.all(
      members.map(async ({ outcome }) => decodeWeights(await artifacts.read(outcome.weights))),
    ),
  );
  const hyperparameters: EnsembleHyperparameters = {
    members: members.map(({ outcome: { candidate, bestEpoch }, count }) => ({
      estimator: candidate.estimator as SingleEstimatorName,
      hyperparameters: candidate.hyperparameters,
      weight: count,
      epochs: bestEpoch,
    })),
  };
  return {
    candidate: { estimator: 'ensemble', hyperparameters },
    rows: 'fit',
    weights: await artifacts.put(
      encodeWeights(weights, { estimator: 'ensemble' }),
      'application/vnd.safetensors',
    ),
    weightsHash: hashWeights(weights),
    curve: await putJson(artifacts, []),
    status: 'completed',
    epochs: members.length,
    bestEpoch: members.length,
    validationScore: ensemble.score,
    fitScore: null,
    predictions: await putOutputs(artifacts, averageOf(library, counts)),
    crossValidation: first.crossValidation,
    seconds: members.reduce((sum, { outcome }) => sum + refitSeconds(outcome), 0),
    execution: null,
    fingerprint: await numericFingerprint(),
    mixedWith: [],
  };
}
