import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import { compileOften, leftovers } from '../support/compilations.ts';
import { nativeBytes } from '../support/native-memory.ts';

/** TensorFlow takes a minute of processor time to make so many graphs ready; a busy machine, several. */
const TIMEOUT_MS = 600_000;

test(
  'a thousand compilations take no more memory than a hundred, and leave nothing',
  async () => {
    const tf = await loadTensorFlow();
    compileOften(tf, 100);
    const before = await nativeBytes();
    compileOften(tf, 900);
    const grownKiB = ((await nativeBytes()) - before) / 1024;
    expect(grownKiB).toBeLessThan(900);
    expect(await leftovers(tf)).toEqual({ sessions: 0, tensors: 0, nativeTensors: 0, folders: 0 });
  },
  TIMEOUT_MS,
);
