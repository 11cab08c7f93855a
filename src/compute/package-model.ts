import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { scoreMetric } from '../ml/metrics/score.ts';
import { Model } from '../ml/model.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import { modelName } from '../schemas/model-name.ts';
import { ModelPackage } from '../schemas/model-package.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import { RunManifest } from '../schemas/run.ts';
import { putJson, readJson } from '../stores/json-artifact.ts';
import { runDocument } from '../stores/run-documents.ts';
import { softwareVersions } from '../versions.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { exportModel } from './export-model.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { ShardPredictions } from './shard-predictions.ts';

/** The packaged model does not do what the evaluated one did. */
export class PackageRefused extends Error {
  override readonly name = 'PackageRefused';
}

/**
 * Writes the immutable package with its exports, reloads it, and refuses it unless it scores the test
 * rows as evaluated and each export answers as it does.
 */
export const packageModel: Task<'package'> = async (
  { runId, job, data, model, evaluation },
  context,
) => {
  const { artifacts, documents } = context.stores;
  const prepared = await readPrepared(artifacts, data.prepared);
  const manifest = RunManifest.parse(await documents.read(runDocument(runId)));
  const transform = FittedTransform.parse(await readJson(artifacts, prepared.transform));
  const modelPackage: ModelPackage = {
    schemaVersion: 1,
    name: modelName(job),
    runId,
    createdAt: manifest.startedAt,
    problem: prepared.problem,
    candidate: model.candidate,
    layout: prepared.layout,
    targetScale: prepared.targetScale,
    inputs: transform.inputs,
    weights: model.weights,
    weightsHash: model.weightsHash,
    transform: prepared.transform,
    evaluation: Evaluation.parse(await readJson(artifacts, evaluation.artifact)),
    job,
    decisions: prepared.decisions,
    dataHash: prepared.dataHash,
    seed: job.seed,
    versions: { ...(await softwareVersions()), tensorflow: model.fingerprint.tensorflow },
    fingerprint: model.fingerprint,
    requestedBy: manifest.requestedBy,
    exports: [],
  };
  const { exports, decisions } = await exportModel(modelPackage, job.deployment.formats, {
    artifacts,
    workFolder: context.workFolder,
  });
  modelPackage.exports = exports;
  modelPackage.decisions = [...modelPackage.decisions, ...decisions];
  const ref = await putJson(artifacts, ModelPackage.parse(modelPackage));
  await verifyPackage(context, ref, prepared);
  return ref;
};

/** Reads the package back, as a server will, and has it score the test rows again. */
async function verifyPackage(
  context: TaskContext,
  ref: ArtifactRef,
  prepared: PreparedData,
): Promise<void> {
  const { artifacts } = context.stores;
  const stored = ModelPackage.parse(await readJson(artifacts, ref));
  const { problem, evaluation } = stored;
  const rows = await openParts(artifacts, prepared, ['test']);
  const predictions = await ShardPredictions.open(context);
  const load = async () => {
    const model = await Model.load(stored, (artifact) => artifacts.read(artifact));
    return model.predictor;
  };
  const score = scoreMetric(problem.metric, {
    problem,
    truth: await rows.originalTargets(),
    outputs: await predictions.predict('package', load, prepared, 'test'),
  });
  // Where the metric is undefined on these rows there is nothing to compare.
  if (score === null || score === evaluation.score) return;
  throw new PackageRefused(
    `The packaged model scores ${problem.metric} ${score} on the test rows; it was evaluated at ${evaluation.score}.`,
  );
}
