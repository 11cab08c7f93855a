import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { RandomStream } from '../../../src/ml/random.ts';
import { SmallModels } from '../../support/small-model.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CLASSES = ['arrival', 'billing', 'contract'] as const;
const WORDS = 400;

const home = await temporaryFolder('texts');
const models = new SmallModels(home);
afterAll(() => models.stores.close());

/** Classes of different sizes, whose texts are drawn from one vocabulary in different proportions. */
async function writeTexts(rows: number): Promise<string> {
  const random = new RandomStream(1, 'test-texts');
  // Numbers of four digits would count by their length.
  const nameOf = (index: number) => `w${index}`;
  const shares = CLASSES.map(() =>
    Array.from({ length: WORDS }, (_, word) => Math.exp(0.6 * random.normal()) / (word + 5)),
  );
  const draw = (weights: readonly number[]) => {
    let luck = random.uniform() * weights.reduce((sum, each) => sum + each, 0);
    return weights.findIndex((each) => (luck -= each) < 0);
  };
  const lines = Array.from({ length: rows }, () => {
    const of = draw([6, 3, 1]);
    const words = Array.from({ length: 12 + random.below(12) }, () =>
      nameOf(draw(shares[of] as number[])),
    );
    return [words.join(' '), CLASSES[of] as string];
  });
  return writeCsv(join(home, 'texts.csv'), ['message', 'about'], lines);
}

test('of texts naive Bayes knows more by their terms than by as many normal numbers', async () => {
  const data = await writeTexts(1_000);
  const score = async (texts: string) => {
    const hyperparameters = { texts };
    const job = { data, target: 'about', metric: 'f1_macro' } as const;
    const made = await models.make(job, { estimator: 'naiveBayes', hyperparameters });
    expect(made.layout.terms).toBeGreaterThan(100);
    return made.evaluation.score;
  };
  const [multinomial, complement, normal] = [
    await score('multinomial'),
    await score('complement'),
    await score('normal'),
  ];
  expect(multinomial).toBeGreaterThan(normal + 0.03);
  expect(complement).toBeGreaterThan(normal + 0.03);
});
