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

test('what a row gives does not depend on its place among as many rows as are predicted at once', () => {
  for (const [rows, inputs, units] of [
    [240, 129, 2],
    [240, 1_000, 5],
    [48, 1_568, 12],
  ] as const) {
    const all = tf.randomNormal<typeof tf.Rank.R2>([rows, inputs], 0, 1, 'float32', 1);
    const kernel = tf.randomNormal<typeof tf.Rank.R2>([inputs, units], 0, 1, 'float32', 2);
    const expected = throughKernel(tf, all, kernel).dataSync();
    for (const shift of [1, 17, 47]) {
      const moved = tf.concat([tf.slice(all, shift), tf.slice(all, 0, shift)]);
      const found = throughKernel(tf, moved, kernel).dataSync();
      const back = [found.slice(-shift * units), found.slice(0, -shift * units)];
      expect(back.flatMap((part) => [...part])).toEqual([...expected]);
    }
  }
});
