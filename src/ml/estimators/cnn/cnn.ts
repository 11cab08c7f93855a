import { InputError } from '../../../errors.ts';
import { CnnHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { ImageSize } from '../../../schemas/image.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import { loadTensorFlow } from '../../backend.ts';
import type { Estimator, ProblemShape, ShapeToSearch, TrainingSetup } from '../estimator.ts';
import { networkPredictor } from '../network/network-predictor.ts';
import { NetworkTraining, stepWorkOf } from '../network/network-training.ts';
import { augmentation } from './augment.ts';
import { cnnNetwork } from './cnn-network.ts';
import { trainsConvolutions } from './convolution.ts';

/** Convolutional network: blocks of convolution, activation and max pooling, then dense layers. */
export const cnn: Estimator<CnnHyperparameters> = {
  name: 'cnn',
  codeVersion: 2,
  tasks: ['regression', 'binary', 'multiclass'],
  needsImages: true,
  hyperparameters: CnnHyperparameters,
  stepWork: (shape, hyperparameters, rows) =>
    stepWorkOf(cnnNetwork(shape, imageOf(shape), hyperparameters), hyperparameters, rows),
  space,
  init: (setup) => trainingOf(setup),
  restore: (setup, state) => trainingOf(setup, state),
  load: async (shape, hyperparameters, weights) => {
    const network = cnnNetwork(shape, imageOf(shape), hyperparameters);
    return networkPredictor(await loadTensorFlow(), network, shape, weights);
  },
};

async function trainingOf(
  { shape, hyperparameters: h, ...others }: TrainingSetup<CnnHyperparameters>,
  state?: Uint8Array,
): Promise<NetworkTraining> {
  const image = imageOf(shape);
  const tf = await loadTensorFlow();
  if (!trainsConvolutions(tf)) {
    throw new InputError({
      code: 'UnsuitableEstimator',
      field: 'estimators',
      value: 'cnn',
      expected: `estimators that train on the backend '${tf.getBackend()}', which has no gradients of convolutions`,
      remedy: "Remove 'cnn', or train on native TensorFlow.",
    });
  }
  const plan = {
    network: cnnNetwork(shape, image, h),
    augment: augmentation(image, h, others.seed),
  };
  return NetworkTraining.begin(tf, { shape, hyperparameters: h, ...others }, plan, state);
}

function imageOf({ image }: ProblemShape): ImageSize {
  if (image !== undefined) return image;
  throw new InputError({
    code: 'UnsuitableEstimator',
    field: 'estimators',
    value: 'cnn',
    expected: 'estimators for data without images',
    remedy: "Remove 'cnn', or name images: a folder of them, or a table with their paths.",
  });
}

function space({ image }: ShapeToSearch, rows: number): SearchSpace {
  const small = rows < 1000;
  const isTiny = image !== undefined && Math.min(image.height, image.width) < 16;
  const filters = [
    [16, 32],
    [32, 64],
    ...(isTiny
      ? [[32]]
      : [
          [16, 32, 64],
          [32, 64, 128],
        ]),
  ];
  return {
    filters: { kind: 'choice', options: filters },
    kernelSize: { kind: 'choice', options: isTiny ? [3] : [3, 3, 5] },
    hiddenLayers: { kind: 'choice', options: [[], [64], [128]] },
    optimizer: { kind: 'choice', options: ['adam', 'adamw', 'rmsprop'] },
    learningRate: { kind: 'float', low: 3e-4, high: 6e-3, log: true },
    schedule: { kind: 'choice', options: [{ kind: 'constant' }, { kind: 'cosine' }] },
    batchSize: { kind: 'choice', options: small ? [16, 32] : [32, 64] },
    l2: { kind: 'float', low: 1e-6, high: 1e-2, log: true },
    dropout: { kind: 'choice', options: [0, 0.2, 0.4] },
    shift: { kind: 'choice', options: [0, 0.08, 0.13] },
    // Where mirrored images mean something else, validation scores tell.
    flip: { kind: 'choice', options: [false, false, true] },
  };
}
