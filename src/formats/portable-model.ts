import { InputError } from '../errors.ts';
import { densify } from '../ml/data/densify.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { estimatorFor, parseHyperparameters } from '../ml/estimators/index.ts';
import { decodeWeights, type Weights } from '../ml/weights.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { EstimatorName, MlpHyperparameters } from '../schemas/hyperparameters.ts';
import type { ModelPackage } from '../schemas/model-package.ts';
import type { DenseLayer, Network } from './network.ts';

/** What formats write: a packaged model, with its arithmetic laid open. */
export interface PortableModel {
  readonly package: ModelPackage;
  readonly transform: FittedTransform;
  readonly network: Network;
}

type RawRecord = Readonly<Record<string, unknown>>;

/**
 * @param read reads an artifact of the package
 * @param format what it is opened for, to be named where the model can't be written in it
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
  const toLayers = TO_LAYERS[candidate.estimator];
  if (toLayers === undefined) throw holdsNoLayers(modelPackage, format);
  const layers = toLayers(weights, hyperparameters, problem.classes.length);
  return {
    package: modelPackage,
    transform,
    network: {
      width: transform.featureNames.length,
      precision: layers.every(({ kernel }) => kernel instanceof Float32Array)
        ? 'float32'
        : 'float64',
      layers,
      targetScale: problem.task === 'regression' ? targetScale : null,
    },
  };
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

const holdsNoLayers = ({ name, candidate }: ModelPackage, format: string): InputError =>
  new InputError({
    code: 'FormatUnsuitable',
    field: 'model',
    value: `${name}, a model of '${candidate.estimator}'`,
    expected: `for ${format}, a model of one of ${PORTABLE.join(', ')}: the formats hold dense layers`,
    remedy: 'Predict with Sevenfold, or train with `estimators` among those.',
  });

/** Records as the network takes them: [records, width]. */
export const featuresOf = ({ transform }: PortableModel, records: readonly RawRecord[]) =>
  densify(transform.encode(records), transform.layout);

type ToLayers = (weights: Weights, hyperparameters: unknown, classes: number) => DenseLayer[];

const linearLayers: ToLayers = (weights) => {
  const [{ values: kernel }, { values: bias }] = weights as [Weights[0], Weights[0]];
  return [dense(kernel, bias, 'linear')];
};

/** For two classes the one score s becomes the softmax of (0, s), which is its logistic function. */
const logisticLayers: ToLayers = (weights, _hyperparameters, classes) => {
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

const mlpLayers: ToLayers = (weights, hyperparameters, classes) => {
  const { activation } = hyperparameters as MlpHyperparameters;
  const depth = weights.length / 2;
  const last = classes === 0 ? 'linear' : 'softmax';
  return weights
    .slice(0, depth)
    .map(({ values }, i) =>
      dense(values, (weights[depth + i] as Weights[0]).values, i === depth - 1 ? last : activation),
    );
};

/** Those of fully connected layers alone. */
const TO_LAYERS: Readonly<Partial<Record<EstimatorName, ToLayers>>> = {
  linear: linearLayers,
  ridge: linearLayers,
  lasso: linearLayers,
  elasticNet: linearLayers,
  logistic: logisticLayers,
  mlp: mlpLayers,
};

const PORTABLE = Object.keys(TO_LAYERS);

/** Whether models of an estimator can be written in other frameworks' formats. */
export const isPortable = (estimator: EstimatorName): boolean => TO_LAYERS[estimator] !== undefined;

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
