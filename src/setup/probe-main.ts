import { loadTensorFlow } from '../ml/backend.ts';

const tf = await loadTensorFlow();
const product = tf.tidy(() =>
  tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])),
);
const values = Array.from(await product.data());
if (values.join() !== '19,22,43,50') throw new Error(`a 2×2 product came out as ${values.join()}`);
const backend = tf.backend() as { binding?: { TF_Version?: string } };
const version = backend.binding?.TF_Version ?? tf.version_core;
console.log(JSON.stringify({ backend: tf.getBackend(), version }));
