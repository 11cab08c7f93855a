import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { compileOften, leftovers } from '../../support/compilations.ts';

test('compilations leave no session, tensor or folder behind', async () => {
  const tf = await loadTensorFlow();
  compileOften(tf, 8);
  expect(await leftovers(tf)).toEqual({ sessions: 0, tensors: 0, nativeTensors: 0, folders: 0 });
});
