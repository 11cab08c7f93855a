import { InputError } from '../errors.ts';
import { readKerasModel } from '../formats/imported/keras/read-keras-model.ts';
import { type DenseChain, toDenseChain } from '../formats/imported/starting-point/dense-chain.ts';
import { startingWeights } from '../formats/imported/starting-point/starting-weights.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import type { Weights } from '../ml/weights.ts';
import { isImported } from '../schemas/any-package.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ImportedPackage } from '../schemas/imported-model.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingRequest } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { readJson } from '../stores/json-artifact.ts';
import { readPackage } from './load-model.ts';

/** An imported model that a training can begin with. */
export interface StartingPoint {
  readonly package: ImportedPackage;
  readonly chain: DenseChain;
}

/** Reads an imported version as layers of an MLP; an InputError says why it can't be. */
export async function readStartingPoint(
  artifacts: ArtifactStore,
  ref: ArtifactRef,
): Promise<StartingPoint> {
  const found = await readPackage(artifacts, { package: ref });
  if (!isImported(found)) {
    throw unfit(found.name, 'a model that was imported; this one was trained here');
  }
  const { format, files, source } = found.imported;
  if (format !== 'keras' && format !== 'keras-h5') {
    throw unfit(source, `a Keras model; in the format ${format} layers can't be told apart`);
  }
  const [file] = files;
  const bytes = await artifacts.read((file as (typeof files)[number]).artifact);
  return { package: found, chain: toDenseChain(await readKerasModel(bytes, format)) };
}

/** The weights that a training on prepared data begins with, unless they are drawn. */
export async function startOf(
  { startFrom }: Pick<TrainingRequest, 'startFrom'>,
  prepared: PreparedData,
  artifacts: ArtifactStore,
): Promise<{ initial?: Weights }> {
  if (startFrom === undefined) return {};
  const start = await readStartingPoint(artifacts, startFrom);
  const transform = FittedTransform.parse(await readJson(artifacts, prepared.transform));
  return { initial: startingWeights(start.chain, start.package, transform, prepared) };
}

const unfit = (value: string, expected: string): InputError =>
  new InputError({
    code: 'UnfitStartingPoint',
    field: 'startFrom',
    value,
    expected,
    remedy: 'Import a Keras model of dense layers, or leave out startFrom.',
  });
