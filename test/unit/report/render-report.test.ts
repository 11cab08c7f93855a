import { expect, test } from 'vitest';
import { renderReport } from '../../../src/ml/report/render-report.ts';
import type { RunReport } from '../../../src/schemas/report.ts';
import { problemOf } from '../../support/problems.ts';
import { hash, report, trial } from '../../support/run-report.ts';

const rendered = renderReport(report);

/** Text under a heading. */
function section(title: string, text = rendered): string {
  const found = text.split(/^(?=##? )/m).find((part) => part.startsWith(`## ${title}`));
  if (found === undefined) throw new RangeError(`There is no section '${title}'.`);
  return found;
}

/** The first cells of the rows of the only table in a section. */
const firstCells = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split(' | ')[0]?.replace('| ', '') ?? '');

test('the head says what is predicted, how well, on what, and beside which baselines', () => {
  const head = rendered.slice(0, rendered.indexOf('## '));
  expect(head).toContain('# customers-churned, version 3');
  expect(head).toContain('Predicts **churned** (binary)');
  expect(head).toContain('**roc_auc 0.8512** on 200 untouched test rows');
  expect(head).toContain('95 % interval 0.8012 to 0.8912');
  expect(head).toContain('by mlp (hiddenLayers [64, 32], l2 0.0001235)');
  expect(head).toContain('For comparison: trivial 0.5, logistic 0.78.');
  expect(head).toContain('> a warning about test rows');
  expect(head).toContain('Asked for by ada at 2026-01-02T03:04:05Z.');
});

test('a model that was not registered has no version', () => {
  expect(renderReport({ ...report, version: null })).toMatch(/^# customers-churned\n/);
});

test('what was decided is told with its reason', () => {
  expect(section('Decided for you')).toContain('| metric | "roc_auc" | usual for two classes |');
  const text = renderReport({ ...report, decisions: [] });
  expect(section('Decided for you', text)).toContain('The job left nothing to decide.');
});

test('the data are told by rows, what was left out, warnings and columns', () => {
  const data = section('Data');
  expect(data).toContain('1000 rows of `customers.csv` (csv): 640 to fit, 157 to validate, 200 to');
  expect(data).toContain('Left out: 2 duplicates, 1 without a target.');
  expect(data).toContain("- ⚠ column 'note' is free text, and unused");
  expect(data).toContain(
    '| a\\|ge | numeric | all cells are numbers | 12 | 60 | 18 to 99, mean 41.23 |',
  );
  expect(data).toContain('| city | categorical | few values | 0 | 1000+ | Oslo (77) | one-hot |');
});

test('selection tells the ranking, its reason and the metric', () => {
  const selection = section('Models compared');
  expect(selection).toContain('Ranked by roc_auc on 157 validation rows.');
  expect(selection).toContain('| estimator | roc_auc | remark |');
  expect(selection).toContain('| mlp | 0.83 | best |');
  expect(selection).toContain('- gradientBoosting was left out: it needs LightGBM (not set up)');
});

test('trials are listed best first, and those without a score last', () => {
  const tuning = section('Tuning');
  expect(tuning).toContain('3 trials, by roc_auc on the validation rows. Trial 2 won.');
  expect(firstCells(tuning)).toEqual(['2', '0', '1']);
  expect(tuning).toContain('| 1 | mlp (learningRate 0.001) | – | no space left | 31 | 1.3 |');
  const minimised = renderReport({ ...report, problem: problemOf('binary', 'log_loss') });
  expect(firstCells(section('Tuning', minimised))).toEqual(['0', '2', '1']);
});

test('of many trials the best twenty are listed', () => {
  const trials = Array.from({ length: 30 }, (_, number) => trial(number, number / 100));
  const numbers = firstCells(
    section('Tuning', renderReport({ ...report, trials, bestTrial: null })),
  );
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => String(29 - i)));
});

test('without trials, or without a better one, the report says so', () => {
  expect(section('Tuning', renderReport({ ...report, trials: [] }))).toContain('No trials.');
  const text = renderReport({ ...report, bestTrial: null });
  expect(section('Tuning', text)).toContain('None beat the screened default.');
});

test('rounds tell diagnosis, evidence, action and effect, and why they ended', () => {
  const rounds = section('Rounds of optimisation');
  expect(rounds).toContain('Before them: roc_auc 0.84 on 200 validation rows (0.79 to 0.88).');
  expect(rounds).toContain('They ended because all rounds are done.');
  expect(rounds).toContain(
    '| 1 | over-fitting | validation loss ended 20 % above its least | dropout 0 → 0.25 | 0.84 | 0.86 | kept |',
  );
  expect(rounds).toContain('Refitted on training plus validation rows: auto: 157 validation rows');
  expect(rounds).toContain('Training took 12.3 s of computation in all.');
});

test('a round that was put aside, and a refit that was not done, are told too', () => {
  const [round] = report.optimisation.rounds as [RunReport['optimisation']['rounds'][number]];
  const optimisation = {
    rounds: [{ ...round, kept: false, scoreAfter: null }],
    stopped: 'the gain fell below the tolerance',
    ensemble: null,
    calibration: null,
    decision: null,
    refit: { done: false, reason: "the policy is 'never'" },
  };
  const text = section('Rounds of optimisation', renderReport({ ...report, optimisation }));
  expect(text).toContain('| 0.84 | – | put aside |');
  expect(text).toContain("Not refitted: the policy is 'never'.");
});

test('calibration is told with what it came to, kept or not', () => {
  const calibration = {
    map: { slope: 0.5, offsets: [0.1, -0.1], floor: 1e-7 },
    ...{ logLoss: 0.4, plainLogLoss: 0.6, kept: true },
    reason: 'the log loss is clearly lower on rows that the map was not fitted on',
  };
  const told = (kept: boolean) =>
    section(
      'Rounds of optimisation',
      renderReport({
        ...report,
        optimisation: { ...report.optimisation, calibration: { ...calibration, kept } },
      }),
    );
  expect(told(true)).toContain('their logarithms times 0.5, plus an offset');
  expect(told(true)).toContain('log loss 0.4, against 0.6 as the model says.');
  expect(told(false)).toContain('Probabilities stay as the model gives them.');
});

test('scores on the test rows are told by metric, class and confusion', () => {
  const scores = section('On the test rows');
  expect(scores).toContain('| roc_auc | 0.8512 | 0.8012 to 0.8912 |');
  expect(scores).toContain('| log_loss | 0.321 | – |');
  expect(scores).toContain('| yes | 0.7 | 0.61 | 0.652 | 80 |');
  expect(scores).toContain('| true \\\\ predicted | no | yes |');
  expect(scores).toContain('| yes | 31 | 49 |');
});

test('the end says what it takes to make the same weights again', () => {
  const end = section('Where it comes from');
  for (const fact of [
    '| run | lifecycle-7 (run-1) |',
    `| data, SHA-256 | ${hash('a')} |`,
    `| transform, SHA-256 | ${hash('b')} |`,
    `| weights, SHA-256 | ${hash('c')} |`,
    `| package, SHA-256 | ${hash('d')} |`,
    '| seed | 42 |',
    '| sevenfold | 0.1.0 |',
    '| arithmetic | tensorflow, linux-x64, Some CPU, 1 thread |',
  ]) {
    expect(end).toContain(fact);
  }
  expect(end).toMatch(/```yaml\n(?:.*\n)*data: customers\.csv\n(?:.*\n)*```/);
});
