import { Model } from '../ml/model.ts';
import { ModelPackage, type ModelVersion } from '../schemas/model-package.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { readJson } from '../stores/json-artifact.ts';

/** Reads a registered version's package, and makes it ready to predict. */
export async function loadModel(
  artifacts: ArtifactStore,
  { package: ref }: Pick<ModelVersion, 'package'>,
): Promise<Model> {
  const modelPackage = ModelPackage.parse(await readJson(artifacts, ref));
  return Model.load(modelPackage, (artifact) => artifacts.read(artifact));
}
