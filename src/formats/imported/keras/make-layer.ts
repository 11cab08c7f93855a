import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../../ml/backend.ts';
import { refusal } from './read-keras-model.ts';

/** What a layer does when it predicts. */
export type LayerFunction = (inputs: Tensor) => Tensor;

/** Makes the function of a layer; its weights are tensors that outlive it. */
export type MakeLayer = (
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
) => LayerFunction;

/** As many weights as the layer has by its configuration. */
export function expectWeights(weights: readonly Tensor[], count: number): readonly Tensor[] {
  if (weights.length === count) return weights;
  throw refusal(
    `${weights.length} weights of a layer`,
    `${count}, by its configuration`,
    'Save the model again, by model.save of Keras.',
  );
}
