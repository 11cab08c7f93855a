import { InputError } from '../errors.ts';
import { encodeFeatures, type FeatureEncoding } from '../ml/data/densify.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { unnestWeights } from '../ml/estimators/ensemble/nested-weights.ts';
import { estimatorFor, parseHyperparameters } from '../ml/estimators/index.ts';
import { fromWeights } from '../ml/estimators/trees/tree-weights.ts';
import { decodeWeights, type Weights } from '../ml/weights.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import {
  type Candidate,
  EnsembleHyperparameters,
  type EstimatorName,
  type MlpHyperparameters,
  type SingleEstimatorName,
} from '../schemas/hyperparameters.ts';
import type { ModelPackage } from '../schemas/model-package.ts';
import type { TargetScale } from '../schemas/prepared-data.ts';
import type { NaiveBayes } from './naive-bayes.ts';
import type { DenseLayer, Network } from './network.ts';
import type { Trees } from './trees.ts';

interface Packaged {
  readonly package: ModelPackage;
  readonly transform: FittedTransform;
}
export interface NetworkModel extends Packaged {
  readonly kind: 'network';
  readonly network: Network;
}
export interface TreesModel extends Packaged {
  readonly kind: 'trees';
  readonly trees: Trees;
}
export interface NaiveBayesModel extends Packaged {
  readonly kind: 'naive Bayes';
  readonly bayes: NaiveBayes;
}

type SingleModel = NetworkModel | TreesModel | NaiveBayesModel;
/** The mean of what models say, each of which gives scaled values or probabilities. */
export interface EnsembleModel extends Packaged {
  readonly kind: 'ensemble';
  /** Shares sum to 1. */
  readonly members: readonly { readonly model: SingleModel; readonly share: number }[];
  /** Regression only: how the mean comes back to original units. */
  readonly targetScale: TargetScale | null;
}

/** What formats write: a packaged model, with its arithmetic laid open. */
export type PortableModel = SingleModel | EnsembleModel;

type RawRecord = Readonly<Record<string, unknown>>;

/**
 * @param read reads an artifact of the package
 * @param format what it is opened for, to be named where no format can hold the model
 */
export async function openPortableModel(
  modelPackage: ModelPackage,
  read: (ref: ArtifactRef) => Promise<Uint8Array>,
  format = 'other formats',
): Promise<PortableModel> {
  const { candidate, problem, targetScale } = modelPackage;
  const document = Buffer.from(await read(modelPackage.transform)).toString('utf8');
  const transform = FittedTransform.parse(JSON.parse(document));
  const weights = decodeWeights(await read(modelPackage.weights));
  const estimator = estimatorFor(candidate.estimator);
  const hyperparameters = parseHyperparameters(estimator, candidate.hyperparameters);
  if (transform.image !== undefined) throw holdsImages(modelPackage, format);
  if (transform.hasTexts) throw holdsTexts(modelPackage, format);
  if (!isPortable(candidate)) throw fitsNone(modelPackage, format);
  const packaged = { package: modelPackage, transform };
  const trained: Trained = {
    weights,
    hyperparameters,
    width: transform.featureNames.length,
    classes: problem.classes.length,
    targetScale: problem.task === 'regression' ? targetScale : null,
  };
  return candidate.estimator === 'ensemble'
    ? openEnsemble(packaged, trained)
    : { ...packaged, ...layOpen(candidate.estimator, trained) };
}

function openEnsemble(packaged: Packaged, trained: Trained): EnsembleModel {
  const { members } = trained.hyperparameters as EnsembleHyperparameters;
  const weights = unnestWeights(trained.weights);
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return {
    ...packaged,
    kind: 'ensemble',
    members: members.map(({ estimator, hyperparameters, weight }, index) => {
      const opened = layOpen(estimator, {
        ...trained,
        weights: weights.get(index) as Weights,
        hyperparameters: parseHyperparameters(estimatorFor(estimator), hyperparameters),
        targetScale: null,
      });
      return { model: { ...packaged, ...opened }, share: weight / total };
    }),
    targetScale: trained.targetScale,
  };
}

const layOpen = (estimator: SingleEstimatorName, trained: Trained): Opened =>
  (LAY_OPEN[estimator] as LayOpen)(trained);

const holdsImages = ({ name }: ModelPackage, format: string): InputError =>
  new InputError({
    code: 'FormatUnsuitable',
    field: 'model',
    value: name,
    expected: `for ${format}, a model of tables: none of the formats decodes images`,
    remedy: 'Predict with Sevenfold, by command or over HTTP.',
  });

const holdsTexts = ({ name }: ModelPackage, format: string): InputError =>
  new InputError({
    code: 'FormatUnsuitable',
    field: 'model',
    value: name,
    expected: `for ${format}, a model without free text: none of the formats takes words apart`,
    remedy: 'Predict with Sevenfold, by command or over HTTP, or drop the columns of text.',
  });

const fitsNone = ({ name, candidate }: ModelPackage, format: string): InputError =>
  new InputError({
    code: 'FormatUnsuitable',
    field: 'model',
    value: `${name}, a model of '${candidate.estimator}'`,
    expected: `for ${format}, a model of one of ${PORTABLE.join(', ')}: no format holds one of '${unportablePart(candidate) ?? ''}'`,
    remedy: 'Predict with Sevenfold, or train with `estimators` among those.',
  });

/** How the model takes its features. */
export const encodingOf = ({ kind }: PortableModel): FeatureEncoding =>
  kind === 'network' ? 'one-hot' : 'codes';

/** Name of each of its features. */
export const featureNamesOf = (model: PortableModel): readonly string[] =>
  encodingOf(model) === 'codes' ? model.transform.columnNames : model.transform.featureNames;

/** Values that it gives for a row. */
export const outputsOfModel = ({ package: { problem } }: PortableModel): number =>
  Math.max(1, problem.classes.length);

/** Records as the model takes them: [records, width]; NaN where a code, or a number with it, is missing. */
export const featuresOf = (model: PortableModel, records: readonly RawRecord[]): Float32Array => {
  const { transform } = model;
  return encodeFeatures(transform.encode(records), transform.layout, encodingOf(model));
};

interface Trained {
  readonly weights: Weights;
  readonly hyperparameters: unknown;
  /** Features after one-hot encoding. */
  readonly width: number;
  /** 0 for regression. */
  readonly classes: number;
  /** Null for classes. */
  readonly targetScale: TargetScale | null;
}
type Opened =
  | Pick<NetworkModel, 'kind' | 'network'>
  | Pick<TreesModel, 'kind' | 'trees'>
  | Pick<NaiveBayesModel, 'kind' | 'bayes'>;
type LayOpen = (trained: Trained) => Opened;

const layers =
  (toLayers: (trained: Trained) => DenseLayer[]): LayOpen =>
  (trained) => {
    const { width, targetScale } = trained;
    const made = toLayers(trained);
    const isSingle = made.every(({ kernel }) => kernel instanceof Float32Array);
    const precision = isSingle ? 'float32' : 'float64';
    return { kind: 'network', network: { width, precision, layers: made, targetScale } };
  };

const linearLayers = ({ weights }: Trained): DenseLayer[] => {
  const [{ values: kernel }, { values: bias }] = weights as [Weights[0], Weights[0]];
  return [dense(kernel, bias, 'linear')];
};

/** For two classes the one score s becomes the softmax of (0, s), which is its logistic function. */
const logisticLayers = ({ weights, classes }: Trained): DenseLayer[] => {
  const [{ values: coefficients }, { values: intercepts }] = weights as [Weights[0], Weights[0]];
  const scores = intercepts.length;
  const width = coefficients.length / scores;
  const kernel = new Float64Array(width * classes); // [width, classes]
  const bias = new Float64Array(classes);
  for (let score = 0; score < scores; score++) {
    const unit = score + classes - scores;
    bias[unit] = intercepts[score] as number;
    for (let i = 0; i < width; i++) {
      kernel[i * classes + unit] = coefficients[score * width + i] as number;
    }
  }
  return [dense(kernel, bias, 'softmax')];
};

const mlpLayers = ({ weights, hyperparameters, classes }: Trained): DenseLayer[] => {
  const { activation } = hyperparameters as MlpHyperparameters;
  const depth = weights.length / 2;
  const last = classes === 0 ? 'linear' : 'softmax';
  return weights
    .slice(0, depth)
    .map(({ values }, i) =>
      dense(values, (weights[depth + i] as Weights[0]).values, i === depth - 1 ? last : activation),
    );
};

const trees =
  (isBoosted: boolean): LayOpen =>
  ({ weights, classes, targetScale }) => ({
    kind: 'trees',
    trees: { ensemble: fromWeights(weights), isBoosted, classes, targetScale },
  });

const naiveBayes: LayOpen = ({ weights, classes }) => {
  const [priors, means, variances, levels] = weights.map(({ values }) => values);
  const bayes = { classes, priors, means, variances, levels } as NaiveBayes;
  return { kind: 'naive Bayes', bayes };
};

/** Estimators that some format can hold. */
const LAY_OPEN: Readonly<Partial<Record<SingleEstimatorName, LayOpen>>> = {
  linear: layers(linearLayers),
  ridge: layers(linearLayers),
  lasso: layers(linearLayers),
  elasticNet: layers(linearLayers),
  logistic: layers(logisticLayers),
  mlp: layers(mlpLayers),
  gradientBoosting: trees(true),
  randomForest: trees(false),
  naiveBayes,
};

const PORTABLE = Object.keys(LAY_OPEN);

/** Whether such models can be written in any of the formats. */
const isPortable = (candidate: Candidate): boolean => unportablePart(candidate) === null;

/** What no format can hold of a model: its estimator, or that of a member; null where one holds it. */
export function unportablePart({ estimator, hyperparameters }: Candidate): EstimatorName | null {
  if (estimator !== 'ensemble') return LAY_OPEN[estimator] === undefined ? estimator : null;
  const { members } = EnsembleHyperparameters.parse(hyperparameters);
  return members.find((member) => LAY_OPEN[member.estimator] === undefined)?.estimator ?? null;
}

function dense(
  kernel: Weights[0]['values'],
  bias: Weights[0]['values'],
  activation: DenseLayer['activation'],
): DenseLayer {
  const units = bias.length;
  return {
    inputs: kernel.length / units,
    units,
    kernel: kernel as DenseLayer['kernel'],
    bias: bias as DenseLayer['bias'],
    activation,
  };
}
