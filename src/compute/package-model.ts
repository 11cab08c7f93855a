import { openPortableModel, unportablePart } from '../formats/portable-model.ts';
import { drawSelfTest } from '../formats/self-test.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { decidedBy } from '../ml/metrics/decide.ts';
import { scoreMetric } from '../ml/metrics/score.ts';
import { Model } from '../ml/model.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { DataReport } from '../schemas/data-report.ts';
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
  { runId, job, data, model, calibration, decision, evaluation },
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
    problem: decidedBy(prepared.problem, { calibration, decision }),
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
    selfTest: null,
    exports: [],
  };
  const ref = await putJson(artifacts, await addExports(modelPackage, prepared, context));
  await verifyPackage(context, ref, prepared);
  return ref;
};

/** The package with its self-test, and with what it is in the formats that the job asks for. */
async function addExports(
  modelPackage: ModelPackage,
  prepared: PreparedData,
  { stores: { artifacts }, workFolder }: TaskContext,
): Promise<ModelPackage> {
  const transform = FittedTransform.parse(await readJson(artifacts, prepared.transform));
  const reason = whyNoExports(modelPackage, transform);
  if (reason !== null) return withoutExports(modelPackage, reason);
  const read = (ref: ArtifactRef) => artifacts.read(ref);
  const portable = await openPortableModel(modelPackage, read);
  const { columns } = DataReport.parse(await readJson(artifacts, prepared.report));
  const ranges = columns.flatMap(({ name, numeric }) =>
    numeric === null ? [] : [[name, numeric] as const],
  );
  const model = await Model.load(modelPackage, read);
  const selfTest = drawSelfTest(portable, model, new Map(ranges));
  model.dispose();
  const names = modelPackage.job.deployment.formats;
  const { exports, decisions } = await exportModel(portable, selfTest, names, {
    artifacts,
    workFolder,
  });
  return ModelPackage.parse({
    ...modelPackage,
    decisions: [...modelPackage.decisions, ...decisions],
    selfTest: await putJson(artifacts, selfTest),
    exports,
  });
}

/** Why none of the formats can hold the model; null where they can. */
function whyNoExports(
  { layout, candidate }: ModelPackage,
  { hasTexts }: FittedTransform,
): string | null {
  // A network without its preparation is not the model.
  if (layout.image !== undefined) {
    return 'the model takes images, which none of the formats decodes: it is served by Sevenfold';
  }
  if (hasTexts) {
    return 'the model takes free text, which none of the formats takes apart: it is served by Sevenfold';
  }
  const part = unportablePart(candidate);
  if (part === null) return null;
  const what = part === candidate.estimator ? `a model of '${part}'` : `an ensemble with '${part}'`;
  return `no format holds ${what}: it is served by Sevenfold`;
}

/** Each format that the job asks for is named with why it is missing. */
const withoutExports = (modelPackage: ModelPackage, reason: string): ModelPackage => ({
  ...modelPackage,
  decisions: [
    ...modelPackage.decisions,
    ...modelPackage.job.deployment.formats.map((name) => ({
      field: 'deployment.formats',
      value: `no ${name}`,
      reason,
    })),
  ],
});

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
