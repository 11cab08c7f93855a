import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { throughKernel } from '../../../src/ml/estimators/network/product.ts';

const tf = await loadTensorFlow();

// On both sides of what counts as few units, and as many inputs.
test.each(
  [1, 2, 12, 13].flatMap((units) => [127, 128, 1_000].map((inputs) => ({ units, inputs }))),
)('rows through a kernel from $inputs inputs to $units units are their product', (sizes) => {
  const { units, inputs } = sizes;
  for (const batch of [1, 7, 300]) {
    const rows = tf.randomNormal<typeof tf.Rank.R2>([batch, inputs], 0, 1, 'float32', 1);
    const kernel = tf.randomNormal<typeof tf.Rank.R2>([inputs, units], 0, 1, 'float32', 2);
    const product = throughKernel(tf, rows, kernel);
    expect(product.shape).toEqual([batch, units]);
    const difference = tf.max(tf.abs(tf.sub(product, tf.matMul(rows, kernel))));
    expect(difference.dataSync()[0]).toBeLessThan(1e-4);
  }
});
