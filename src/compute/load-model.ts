import { ImportedModel } from '../formats/imported/imported-model.ts';
import { openForeignModel } from '../formats/imported/open-foreign-model.ts';
import { Model } from '../ml/model.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import { type AnyPackage, isImported, parsePackage } from '../schemas/any-package.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ImportedPackage } from '../schemas/imported-model.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { readJson } from '../stores/json-artifact.ts';

type Stored = { readonly package: ArtifactRef };

/** Reads a version's package, and makes it ready to predict, wherever it was trained. */
export async function loadModel(
  artifacts: ArtifactStore,
  version: Stored,
): Promise<PredictiveModel> {
  const found = await readPackage(artifacts, version);
  if (!isImported(found)) return Model.load(found, (artifact) => artifacts.read(artifact));
  const { format } = found.imported;
  return new ImportedModel(found, await openForeignModel(format, filesOf(artifacts, found)));
}

export const readPackage = async (
  artifacts: ArtifactStore,
  { package: ref }: Stored,
): Promise<AnyPackage> => parsePackage(await readJson(artifacts, ref));

function filesOf(artifacts: ArtifactStore, { imported: { files } }: ImportedPackage) {
  const refs = new Map(files.map(({ path, artifact }) => [path, artifact]));
  return {
    paths: [...refs.keys()],
    read: (path: string) => artifacts.read(refs.get(path) as ArtifactRef),
    localPath: (path: string) => artifacts.localPath(refs.get(path) as ArtifactRef),
  };
}
