import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formats } from '../../../src/formats/index.ts';
import { openPortableModel } from '../../../src/formats/portable-model.ts';
import { drawSelfTest } from '../../../src/formats/self-test.ts';
import { writeExport } from '../../../src/formats/write-export.ts';
import { decidedBy } from '../../../src/ml/metrics/decide.ts';
import { Model } from '../../../src/ml/model.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { ArtifactRef } from '../../../src/schemas/artifact.ts';
import type { EvaluationSummary } from '../../../src/schemas/lifecycle-steps.ts';
import { ExportManifest } from '../../../src/schemas/model-export.ts';
import { ModelPackage } from '../../../src/schemas/model-package.ts';
import { putJson } from '../../../src/stores/json-artifact.ts';
import { howToDecide } from '../../../src/workflows/how-to-decide.ts';
import { SmallModels } from '../../support/small-model.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROWS = 2_400;
const naiveBayes = { estimator: 'naiveBayes', hyperparameters: {} } as const;

const home = await temporaryFolder('calibration');
const models = new SmallModels(home);
afterAll(() => models.stores.close());

/** One number tells the classes apart; naive Bayes takes each of its copies for news. */
async function withCopies(copies: number): Promise<string> {
  const random = new RandomStream(3, 'test-copies');
  const header = [...Array.from({ length: copies }, (_, i) => `x${i}`), 'y'];
  const rows = Array.from({ length: ROWS }, () => {
    const yes = random.uniform() < 0.5;
    const x = random.normal() + (yes ? 0.6 : -0.6);
    return [...Array.from({ length: copies }, (_, i) => (i + 1) * x + i), yes ? 'yes' : 'no'];
  });
  const path = join(home, `${copies}-copies.csv`);
  await writeCsv(path, header, rows);
  return path;
}

async function trained(copies: number, metric: 'accuracy' | 'f1') {
  const data = await withCopies(copies);
  const job = { data, target: 'y', metric, seed: 1 } as const;
  const { ref: prepared, outcome: model } = await models.train(job, naiveBayes);
  const choose = { calibration: true, decision: metric === 'f1' };
  const decided = await models.run('decide', { prepared, model, choose, seed: 1 });
  const evaluate = (how: object): Promise<EvaluationSummary> =>
    models.run('evaluate', { prepared, model, reference: model, part: 'test', ...how, seed: 1 });
  return { job, decided, evaluate };
}

test('naive Bayes on copied columns is mended: the log loss of test rows falls, their order stays', async () => {
  const { decided, evaluate } = await trained(6, 'accuracy');
  expect(decided.calibration).toMatchObject({ kept: true });
  // Six copies are six times the evidence.
  expect(decided.calibration?.map.slope).toBeCloseTo(1 / 6, 1);
  const before = await evaluate({});
  const after = await evaluate(howToDecide(decided));
  expect(after.metrics.log_loss as number).toBeLessThan(0.8 * (before.metrics.log_loss as number));
  expect(after.metrics.roc_auc).toBeCloseTo(before.metrics.roc_auc as number, 9);
});

test('naive Bayes on what it is made for stays as it is', async () => {
  const { decided } = await trained(1, 'accuracy');
  expect(decided.calibration).toMatchObject({ kept: false });
  expect(decided.calibration?.reason).toContain('not clearly lower');
  expect(howToDecide(decided)).toEqual({});
});

test('weights of classes are chosen on mended probabilities, and F1 is no worse for them', async () => {
  const { job, decided } = await trained(6, 'f1');
  expect(decided.calibration).toMatchObject({ kept: true });
  const { ref: prepared, outcome: model } = await models.train(job, naiveBayes);
  const choose = { calibration: false, decision: true };
  const plain = await models.run('decide', { prepared, model, choose, seed: 1 });
  expect(plain.calibration).toBeNull();
  const final = ({ decision }: typeof plain) =>
    decision?.kept === true ? decision.score : (decision?.plainScore ?? 0);
  expect(final(decided)).toBeGreaterThanOrEqual(final(plain));
});

test('a package says calibrated probabilities, and its exports name the map in their manifest', async () => {
  const { decided, job } = await trained(6, 'accuracy');
  const plain = await models.make(job, naiveBayes);
  const problem = decidedBy(plain.problem, howToDecide(decided));
  const mended = ModelPackage.parse({ ...plain, problem });
  const read = (ref: ArtifactRef) => models.stores.artifacts.read(ref);
  const record = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x${i}`, i + 1 + i]));
  const [before, after] = await Promise.all([Model.load(plain, read), Model.load(mended, read)]);
  const sure = before.outputs([record])[1] as number;
  const honest = after.outputs([record])[1] as number;
  expect(sure).toBeGreaterThan(0.99);
  expect(honest).toBeLessThan(0.9);
  expect(honest).toBeGreaterThan(0.6);
  expect(after.predict([record])[0]?.probabilities?.['yes']).toBe(honest);
  expect(after.uncalibratedOutputs([record])[1]).toBe(sure);

  const portable = await openPortableModel(mended, read);
  const selfTest = drawSelfTest(portable, after);
  expect(selfTest.outputs).toEqual(drawSelfTest(portable, before).outputs);
  const files = await writeExport(formats.onnx, portable, selfTest);
  const manifest = files.find(({ path }) => path === 'manifest.json');
  const parsed = ExportManifest.parse(
    JSON.parse(Buffer.from(manifest?.bytes ?? []).toString('utf8')),
  );
  expect(parsed.calibration).toEqual(decided.calibration?.map);
  // One of before there was a calibration is still read.
  const ref = await putJson(models.stores.artifacts, plain);
  expect(ModelPackage.parse(JSON.parse(Buffer.from(await read(ref)).toString()))).toEqual(plain);
  for (const model of [before, after]) model.dispose();
});
