import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FormatName } from '../../src/schemas/model-export.ts';
import { EXPORTABLE, isAble } from '../support/exportable-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeExports } from '../support/write-exports.ts';
import { type BrowserChecks, openBrowserChecks } from './browser.ts';
import {
  type CheckResult,
  type Provided,
  provideLightGbm,
  provideTensorFlow,
  provideTorch,
  runChecks,
} from './python.ts';

/** What has to hold in the real frameworks, by format: checks of the scripts in this folder. */
const CHECKS: Readonly<Partial<Record<FormatName, readonly string[]>>> = {
  'saved-model': ['saved_model_serves', 'saved_model_trains_on', 'saved_model_cli_shows'],
  keras: ['keras_predicts', 'keras_fits_on'],
  'keras-h5': ['keras_predicts', 'keras_fits_on'],
  tflite: ['tflite_predicts', 'tflite_predicts_one_row'],
  onnx: ['checker_accepts', 'onnxruntime_predicts'],
  pytorch: ['state_dict_predicts', 'state_dict_trains_on', 'raw_records_predict'],
  torchscript: ['torchscript_predicts'],
  lightgbm: ['booster_predicts', 'raw_records_predict'],
};

const root = await temporaryFolder('frameworks');
const exported = join(root, 'exports');
const tensorFlow = await provideTensorFlow();
const torch = await provideTorch();
const lightGbm = await provideLightGbm();
/** What is not checked in the Python of TensorFlow. */
const OTHER_PYTHONS: Readonly<Partial<Record<FormatName, Provided>>> = {
  pytorch: torch,
  torchscript: torch,
  lightgbm: lightGbm,
};
let results: CheckResult[];
let browser: BrowserChecks;

beforeAll(async () => {
  await writeExports(root, exported);
  browser = await openBrowserChecks(exported);
  results = [
    ...(await resultsOf(tensorFlow, 'onnx_checks.py')),
    ...(await resultsOf(tensorFlow, 'tensorflow_checks.py')),
    ...(await resultsOf(torch, 'torch_checks.py')),
    ...(await resultsOf(lightGbm, 'lightgbm_checks.py')),
  ];
}, 1_800_000);
afterAll(async () => {
  await browser.close();
  await rm(root, { recursive: true, force: true });
});

async function resultsOf(provided: Provided, script: string): Promise<CheckResult[]> {
  return 'reason' in provided ? [] : runChecks(provided, script, exported);
}

for (const [format, checks] of Object.entries(CHECKS)) {
  const name = format as FormatName;
  const provided = OTHER_PYTHONS[name] ?? tensorFlow;
  const reason = 'reason' in provided ? `: skipped, since ${provided.reason}` : '';
  describe.skipIf(reason !== '')(`${name}${reason}`, () => {
    for (const model of EXPORTABLE.filter((each) => isAble(name, each))) {
      test.each(checks)(`${model}: %s`, (check) => {
        const found = results.find(
          (each) => each.format === name && each.model === model && each.check === check,
        );
        expect(faultOf(found)).toBeNull();
      });
    }
  });
}

/** Why a result is not good; null where it is. */
function faultOf(result: CheckResult | undefined): string | null {
  if (result === undefined) return 'no result';
  if (result.error !== undefined) return result.error;
  const { difference = 0, before, after } = result.values ?? {};
  if (!(difference <= 1e-5)) return `differs by ${difference}`;
  if (before === undefined && !result.check.endsWith('_on')) return null;
  return Number(after) < Number(before) ? null : `the loss went from ${before} to ${after}`;
}

describe.each(['tfjs-layers', 'tfjs-graph'] as const)('%s in Chromium', (format) => {
  const able = EXPORTABLE.filter((each) => isAble(format, each));
  test.each(able)('%s: answers raw records as the model does', async (model) => {
    const { featuresDiffer, difference, argmaxDiffers } = await browser.check(format, model);
    expect(featuresDiffer).toBe(0);
    expect(difference).toBeLessThanOrEqual(1e-5);
    expect(argmaxDiffers).toBe(0);
  });
});
