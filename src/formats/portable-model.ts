import { InputError } from '../errors.ts';
import { encodeFeatures, type FeatureEncoding } from '../ml/data/densify.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { estimatorFor, parseHyperparameters } from '../ml/estimators/index.ts';
import { fromWeights } from '../ml/estimators/trees/tree-weights.ts';
import { decodeWeights, type Weights } from '../ml/weights.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { EstimatorName, MlpHyperparameters } from '../schemas/hyperparameters.ts';
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

/** What formats write: a packaged model, with its arithmetic laid open. */
export type PortableModel = NetworkModel | TreesModel | NaiveBayesModel;

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
  const layOpen = LAY_OPEN[candidate.estimator];
  if (layOpen === undefined) throw fitsNone(modelPackage, format);
  const opened = layOpen({
    weights,
    hyperparameters,
    width: transform.featureNames.length,
    classes: problem.classes.length,
    targetScale: problem.task === 'regression' ? targetScale : null,
  });
  return { package: modelPackage, transform, ...opened };
}

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
    expected: `for ${format}, a model of one of ${PORTABLE.join(', ')}: no format holds one of '${candidate.estimator}'`,
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
const LAY_OPEN: Readonly<Partial<Record<EstimatorName, LayOpen>>> = {
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

/** Whether models of an estimator can be written in any of the formats. */
export const isPortable = (estimator: EstimatorName): boolean => LAY_OPEN[estimator] !== undefined;

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
