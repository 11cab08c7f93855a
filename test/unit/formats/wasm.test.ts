import { expect, test } from 'vitest';
import { exportModel } from '../../../src/compute/export-model.ts';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { makeExportable } from '../../support/exportable-models.ts';
import { SmallModels } from '../../support/small-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const workFolder = await temporaryFolder('formats-wasm');

test('without native TensorFlow a SavedModel is left out with the reason, and others are tried out', async () => {
  await loadTensorFlow('wasm');
  const models = new SmallModels(workFolder);
  const { portable, selfTest } = await makeExportable(models, 'MLP, two classes');
  const { exports, decisions } = await exportModel(
    portable,
    selfTest,
    ['saved-model', 'onnx', 'tfjs-layers', 'tfjs-graph'],
    { artifacts: models.stores.artifacts, workFolder },
  );
  expect(decisions).toEqual([
    {
      field: 'deployment.formats',
      value: 'no saved-model',
      reason: expect.stringContaining('native TensorFlow'),
    },
  ]);
  expect(exports.map(({ format }) => format)).toEqual(['onnx', 'tfjs-layers', 'tfjs-graph']);
  for (const { verification } of exports) {
    expect(verification.relativeError).toBeLessThanOrEqual(1e-5);
  }
  expect(exports.at(-1)?.verification.runtime).toContain('wasm');
  await models.stores.close();
});
