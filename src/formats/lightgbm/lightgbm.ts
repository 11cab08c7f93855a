import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLightGbmThere, LIGHTGBM_VERSION, whyNoLightGbm } from '../../ml/lightgbm/release.ts';
import { TextBooster } from '../../ml/lightgbm/text-booster.ts';
import type { ModelFormat } from '../model-format.ts';
import type { TreesModel } from '../portable-model.ts';
import { Finish, finishOf, finishPredictions } from './finish.ts';
import { modelText } from './model-text.ts';

const MODEL = 'model.txt';
const OUTPUTS = 'outputs.json';
const SOURCE = 'model.py';

const Outputs = z.strictObject({ finish: Finish });

/** LightGBM's own text; beside it what makes outputs of that which LightGBM predicts. */
export const lightgbm: ModelFormat<TreesModel> = {
  name: 'lightgbm',
  title: 'LightGBM',
  formatVersion: 'text, version v4',
  holds: ['trees'],
  takes: 'features',
  untestable: async () =>
    isLightGbmThere()
      ? null
      : `LightGBM models are tried out on LightGBM, which is not there: ${whyNoLightGbm()}`,
  async write(model) {
    const outputs: z.infer<typeof Outputs> = { finish: finishOf(model.trees) };
    return [
      {
        path: MODEL,
        bytes: Buffer.from(modelText(model)),
        mediaType: 'text/plain',
        purpose: 'the trees: lightgbm.Booster(model_file=…)',
      },
      {
        path: OUTPUTS,
        bytes: Buffer.from(`${JSON.stringify(outputs)}\n`),
        mediaType: 'application/json',
        purpose: 'what makes outputs of that which LightGBM predicts',
      },
      {
        path: SOURCE,
        bytes: await readFile(join(import.meta.dirname, SOURCE)),
        mediaType: 'text/x-python',
        purpose: 'does so: predict(features)',
      },
    ];
  },
  async open(folder) {
    const { finish } = Outputs.parse(JSON.parse(await readFile(join(folder, OUTPUTS), 'utf8')));
    const booster = await TextBooster.load(await readFile(join(folder, MODEL), 'utf8'));
    return {
      runtime: `lightgbm ${LIGHTGBM_VERSION}`,
      run: async ({ features, rows }) =>
        finishPredictions(finish, booster.predict(features, rows), rows),
      dispose: async () => booster.dispose(),
    };
  },
};
