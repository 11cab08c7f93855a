import { expect, test } from 'vitest';
import { loadTensorFlow, numericSettings } from '../../src/ml/backend.ts';
import { numericFingerprint } from '../../src/ml/fingerprint.ts';

test('one TensorFlow serves a process, with the settings that results depend on', async () => {
  const tf = await loadTensorFlow();
  expect(await loadTensorFlow()).toBe(tf);
  for (const [name, value] of Object.entries(numericSettings)) {
    expect(process.env[name], name).toBe(value);
  }
});

test('the fingerprint tells backend, versions, threads and processor', async () => {
  const tf = await loadTensorFlow();
  const fingerprint = await numericFingerprint();
  expect(fingerprint).toMatchObject({
    backend: tf.getBackend(),
    oneDnn: false,
    intraOpThreads: 1,
    interOpThreads: 1,
    gpu: null,
  });
  expect(fingerprint.platform).toBe(`${process.platform}-${process.arch}`);
  expect(fingerprint.tensorflow).toMatch(/^\d+\.\d+\.\d+/);
  expect(fingerprint.cpuModel).not.toBe('');
  expect(await numericFingerprint()).toEqual(fingerprint);
});
