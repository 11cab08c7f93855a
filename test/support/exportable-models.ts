import { join } from 'node:path';
import { openPortableModel, type PortableModel } from '../../src/formats/portable-model.ts';
import { drawSelfTest } from '../../src/formats/self-test.ts';
import { Model } from '../../src/ml/model.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type {
  Candidate,
  Hyperparameters,
  SingleEstimatorName,
} from '../../src/schemas/hyperparameters.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { type FormatName, POWER_FORMATS, type SelfTest } from '../../src/schemas/model-export.ts';
import type { SmallModels } from './small-model.ts';
import { writeCsv } from './tables.ts';

/** A model for each estimator and task, over columns of every type, or of one alone. */
export const EXPORTABLE = [
  'linear regression',
  'ridge on a log scale',
  'ridge on a power scale',
  'linear on raw values',
  'elastic net',
  'logistic, two classes',
  'logistic, three classes',
  'MLP, regression',
  'MLP, two classes',
  'MLP, three classes',
  'boosted trees, regression',
  'boosted trees on a log scale',
  'boosted trees on a power scale',
  'boosted trees, two classes',
  'boosted trees, three classes',
  'forest, regression',
  'forest, two classes',
  'forest, three classes',
  'naive Bayes, two classes',
  'naive Bayes, three classes',
  'ensemble on a log scale',
  'ensemble, two classes',
  'ensemble, three classes',
] as const;
export type Exportable = (typeof EXPORTABLE)[number];

/** Formats that hold trees, naive Bayes and ensembles; the others hold networks, and LightGBM's does not. */
const TREES: readonly FormatName[] = ['onnx', 'lightgbm'];
const ONNX_ALONE: readonly FormatName[] = ['onnx'];
const isTrees = (name: Exportable) => /^(boosted|forest)/.test(name);

/** Formats of single precision can't sum up raw values; a layers model has no exponential. */
export function isAble(format: FormatName, name: Exportable): boolean {
  if (name.endsWith('on a power scale') && !POWER_FORMATS.includes(format)) return false;
  if (isTrees(name)) return TREES.includes(format);
  if (/^(naive Bayes|ensemble)/.test(name)) return ONNX_ALONE.includes(format);
  if (name === 'linear on raw values' && ['tfjs-layers', 'tfjs-graph', 'tflite'].includes(format)) {
    return false;
  }
  if (name === 'ridge on a log scale' && format === 'tfjs-layers') return false;
  return format !== 'lightgbm';
}

export interface ExportableModel {
  readonly portable: PortableModel;
  readonly selfTest: SelfTest;
}

const small = { epochs: 8, learningRate: 0.01, batchSize: 32 };
const QUICK: Readonly<Partial<Record<SingleEstimatorName, Hyperparameters>>> = {
  mlp: { ...small, hiddenLayers: [8] },
  gradientBoosting: { trees: 20 },
  randomForest: { trees: 12 },
};

function ensembleOf(...names: readonly SingleEstimatorName[]): Candidate {
  const members = names.map((estimator, index) => ({
    ...{ estimator, hyperparameters: QUICK[estimator] ?? {}, weight: index + 1, epochs: 10 },
  }));
  return { estimator: 'ensemble', hyperparameters: { members } };
}

/** A job, what is to be trained, and columns to leave out. */
const CASES: Readonly<
  Record<Exportable, [Omit<JobInput, 'data'>, Candidate, drop?: readonly string[]]>
> = {
  'linear regression': [{ target: 'paid' }, { estimator: 'linear', hyperparameters: {} }],
  'ridge on a log scale': [
    { target: 'paid', preprocess: { targetScale: 'log', normalise: 'minmax' } },
    { estimator: 'ridge', hyperparameters: { alpha: 2 } },
  ],
  'ridge on a power scale': [
    { target: 'paid', preprocess: { targetScale: 'power', skewed: 'power' } },
    { estimator: 'ridge', hyperparameters: { alpha: 2 } },
  ],
  'elastic net': [
    { target: 'paid', preprocess: { categories: { encoding: 'target' }, outliers: 'clip' } },
    { estimator: 'elasticNet', hyperparameters: { alpha: 0.01 } },
  ],
  // Days since 1970 and years, in the thousands, meet a target that is not: cancellation.
  'linear on raw values': [
    { target: 'paid', preprocess: { normalise: 'none', targetScale: 'none', dates: 'parts' } },
    { estimator: 'linear', hyperparameters: {} },
  ],
  'logistic, two classes': [{ target: 'left' }, { estimator: 'logistic', hyperparameters: {} }],
  'logistic, three classes': [
    { target: 'grade' },
    { estimator: 'logistic', hyperparameters: {} },
    ['size', 'price, €', 'gift', 'ordered'],
  ],
  'MLP, regression': [
    { target: 'paid' },
    { estimator: 'mlp', hyperparameters: { ...small, hiddenLayers: [16, 8], activation: 'tanh' } },
  ],
  'MLP, two classes': [
    { target: 'left' },
    { estimator: 'mlp', hyperparameters: { ...small, hiddenLayers: [16], dropout: 0.2 } },
    ['city', 'ordered'],
  ],
  'MLP, three classes': [
    { target: 'grade', preprocess: { categories: { encoding: 'target' } } },
    { estimator: 'mlp', hyperparameters: { ...small, hiddenLayers: [12, 12, 6] } },
  ],
  'boosted trees, regression': [
    { target: 'paid' },
    { estimator: 'gradientBoosting', hyperparameters: { trees: 60 } },
  ],
  'boosted trees on a log scale': [
    { target: 'paid', preprocess: { targetScale: 'log' } },
    { estimator: 'gradientBoosting', hyperparameters: { trees: 20 } },
    ['size'],
  ],
  'boosted trees on a power scale': [
    { target: 'paid', preprocess: { targetScale: 'power' } },
    { estimator: 'gradientBoosting', hyperparameters: { trees: 20 } },
  ],
  'boosted trees, two classes': [
    { target: 'left' },
    { estimator: 'gradientBoosting', hyperparameters: { trees: 60, minRowsPerLeaf: 3 } },
  ],
  'boosted trees, three classes': [
    { target: 'grade' },
    { estimator: 'gradientBoosting', hyperparameters: { trees: 40 } },
    ['gift', 'ordered'],
  ],
  'forest, regression': [
    { target: 'paid' },
    { estimator: 'randomForest', hyperparameters: { trees: 30 } },
  ],
  'forest, two classes': [
    { target: 'left' },
    { estimator: 'randomForest', hyperparameters: { trees: 30 } },
  ],
  'forest, three classes': [
    { target: 'grade', preprocess: { categories: { encoding: 'hash', buckets: 3 } } },
    { estimator: 'randomForest', hyperparameters: { trees: 30 } },
    ['size', 'price, €'],
  ],
  'ensemble on a log scale': [
    { target: 'paid', preprocess: { targetScale: 'log' } },
    ensembleOf('ridge', 'randomForest', 'gradientBoosting', 'mlp'),
  ],
  'ensemble, two classes': [
    { target: 'left' },
    ensembleOf('logistic', 'naiveBayes', 'gradientBoosting'),
  ],
  'ensemble, three classes': [
    { target: 'grade' },
    ensembleOf('mlp', 'logistic', 'randomForest', 'gradientBoosting', 'naiveBayes'),
    ['ordered'],
  ],
  'naive Bayes, two classes': [
    { target: 'left' },
    { estimator: 'naiveBayes', hyperparameters: {} },
  ],
  'naive Bayes, three classes': [
    { target: 'grade' },
    { estimator: 'naiveBayes', hyperparameters: {} },
    ['city'],
  ],
};

export async function makeExportable(
  models: SmallModels,
  name: Exportable,
): Promise<ExportableModel> {
  const data = await writeOrders(join(models.home, 'orders.csv'));
  const [job, candidate, drop = []] = CASES[name];
  const others = ['paid', 'left', 'grade'].filter((column) => column !== job.target);
  const modelPackage = await models.make(
    { ...job, data, columns: { drop: [...others, ...drop] } },
    candidate,
  );
  const read = (ref: Parameters<typeof models.stores.artifacts.read>[0]) =>
    models.stores.artifacts.read(ref);
  const portable = await openPortableModel(modelPackage, read);
  const model = await Model.load(modelPackage, read);
  const selfTest = drawSelfTest(portable, model);
  model.dispose();
  return { portable, selfTest };
}

const HEADER = ['size', 'price, €', 'gift', 'city', 'ordered', 'paid', 'left', 'grade'];

/** Orders: numbers, a truth value, a category with gaps and rare levels, and moments. */
function writeOrders(path: string, rows = 400): Promise<string> {
  const random = new RandomStream(3, 'test-orders');
  const cells = Array.from({ length: rows }, () => {
    const size = 1 + random.below(40);
    const price = Math.round(10_000 * random.uniform()) / 100;
    const gift = random.uniform() < 0.3;
    const city = ['Oslo', 'Rome', 'Lima', 'Ōsaka'][random.below(4)] as string;
    const moment = Date.UTC(2023, 0, 1) + random.below(900) * 86_400_000 + random.below(86_400_000);
    const paid = 20 + size * 3 + price * 0.5 + (gift ? 8 : 0) + random.normal();
    const grade = paid > 130 ? 'high' : paid > 95 ? 'middle' : 'low';
    const isGap = random.uniform() < 0.1;
    return [
      isGap ? '' : size,
      price,
      gift ? 'yes' : 'no',
      random.uniform() < 0.1 ? 'NA' : city,
      new Date(moment).toISOString(),
      paid.toFixed(3),
      random.normal() + price / 50 - size / 20 > 0 ? 'yes' : 'no',
      grade,
    ];
  });
  const quoted = HEADER.map((name) => `"${name}"`);
  return writeCsv(path, quoted, cells);
}
