import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { compileOften, leftovers, stepOften } from '../../support/compilations.ts';
import { nativeBytes } from '../../support/native-memory.ts';

test('compilations leave no session, tensor or folder behind', async () => {
  const tf = await loadTensorFlow();
  compileOften(tf, 8);
  expect(await leftovers(tf)).toEqual({ sessions: 0, tensors: 0, nativeTensors: 0, folders: 0 });
});

test('steps that are done op by op leave no memory with TensorFlow', async () => {
  const tf = await loadTensorFlow();
  stepOften(tf, 100);
  const before = await nativeBytes();
  stepOften(tf, 1000);
  const grownKiB = ((await nativeBytes()) - before) / 1024;
  expect(grownKiB).toBeLessThan(1000);
  expect(await leftovers(tf)).toMatchObject({ tensors: 0, nativeTensors: 0 });
});
