import { stringify } from 'yaml';
import type { ColumnReport } from '../../schemas/data-report.ts';
import type { Calibrating, Deciding } from '../../schemas/deciding.ts';
import type { Ensembling } from '../../schemas/ensemble.ts';
import type { Evaluation } from '../../schemas/evaluation.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import { describeSize, type ImageReport } from '../../schemas/image.ts';
import type { MetricName, Problem } from '../../schemas/problem.ts';
import type { RunReport } from '../../schemas/report.ts';
import { figure, markdownTable, range } from './markdown.ts';

const MOST_TRIALS = 20;
const MOST_CLASSES = 20;
const MOST_COLUMNS = 30;
/** Columns beside an error. */
const MOST_SHOWN_COLUMNS = 12;

/** A run's report for people, in Markdown. */
export const renderReport = (report: RunReport): string =>
  `${Object.values(renderSections(report)).join('\n\n')}\n`;

/** The parts of a report, in the order in which they are read. */
export const renderSections = (report: RunReport) => ({
  result: renderResult(report),
  decisions: renderDecisions(report),
  data: renderData(report),
  selection: renderSelection(report),
  tuning: renderTuning(report),
  optimisation: renderOptimisation(report),
  evaluation: renderEvaluation(report.test),
  importance: renderImportance(report),
  errors: renderErrors(report),
  exports: renderExports(report),
  steps: renderSteps(report),
  provenance: renderProvenance(report),
});

function renderResult({
  model,
  version,
  test,
  problem,
  final,
  requestedBy,
  startedAt,
  rerunOf,
}: RunReport): string {
  const baselines = test.baselines.map(({ name, score }) => `${name} ${figure(score)}`);
  const { target, task } = problem;
  return [
    `# ${model}${version === null ? '' : `, version ${version}`}`,
    `Predicts **${target}** (${task}). **${test.metric} ${figure(test.score)}** on ${test.rows} untouched ` +
      `test rows (95 % interval ${range(test.interval)}), by ${describe(final.candidate)}.`,
    `For comparison: ${baselines.join(', ')}.`,
    ...test.warnings.map((warning) => `> ${warning}`),
    `Asked for by ${requestedBy} at ${startedAt}.`,
    ...(rerunOf === null
      ? []
      : [`A rerun of ${rerunOf.runId} from step ${rerunOf.from}; earlier steps were reused.`]),
  ].join('\n\n');
}

function renderDecisions({ decisions }: RunReport): string {
  const rows = decisions.map(({ field, value, reason }) => [field, JSON.stringify(value), reason]);
  const text =
    rows.length === 0
      ? 'The job left nothing to decide.'
      : markdownTable(['field', 'value', 'because'], rows);
  return `## Decided for you\n\n${text}`;
}

function renderData({ data }: RunReport): string {
  const { source, rows, dropped, columns, images, warnings } = data;
  const about = (column: ColumnReport) =>
    column.numeric === null
      ? column.top.map(({ value, count }) => `${value} (${count})`).join(', ')
      : `${figure(column.numeric.min)} to ${figure(column.numeric.max)}, mean ${figure(column.numeric.mean)}`;
  return [
    '## Data',
    `${source.rows} rows of \`${source.path}\` (${source.format}): ${rows.fit} to fit, ${rows.validation} to ` +
      `validate, ${rows.test} to test. Left out: ${dropped.duplicates} duplicates, ` +
      `${dropped.missingTarget} without a target. Everything below was learnt from the training rows alone.`,
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `- ⚠ ${warning}`).join('\n')]),
    ...(images === undefined ? [] : [renderImages(images)]),
    markdownTable(
      ['column', 'type', 'because', 'missing', 'distinct', 'values', 'what was done'],
      columns.map((column) => [
        column.name,
        column.type,
        column.typeReason,
        column.missing,
        `${column.distinct}${column.distinctIsExact ? '' : '+'}`,
        about(column),
        column.action,
      ]),
    ),
  ].join('\n\n');
}

/** Files in a report. */
const MOST_FILES = 20;

function renderImages({ size, unreadable, strangers }: ImageReport): string {
  const broken = unreadable.first.map(({ name, fault }) => `${name} (${fault})`);
  const list = (count: number, names: readonly string[]) => {
    const shown = names.slice(0, MOST_FILES).map((name) => `\n- ${name}`);
    return shown.length === 0
      ? ' none.'
      : `${shown.join('')}${count > shown.length ? '\n- …' : ''}`;
  };
  return [
    `Each image was brought to ${describeSize(size)}.`,
    `Images that can't be read (${unreadable.count}):${list(unreadable.count, broken)}`,
    `Files that are no images of a class (${strangers.count}):${list(strangers.count, strangers.first)}`,
  ].join('\n\n');
}

function renderSelection({ selection, problem }: RunReport): string {
  const rows = selection.ranking.map(({ estimator, score, reason }) => [
    estimator,
    figure(score),
    reason,
  ]);
  const table = markdownTable(['estimator', problem.metric, 'remark'], rows);
  const leftOut = selection.leftOut.map(
    ({ estimator, reason }) => `- ${estimator} was left out: ${reason}`,
  );
  return [`## Models compared\n\nRanked ${selection.reason}.`, table, leftOut.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderTuning({ trials, bestTrial, problem }: RunReport): string {
  if (trials.length === 0) return '## Tuning\n\nNo trials.';
  const sign = problem.direction === 'maximise' ? -1 : 1;
  // Those without a score come last, in either direction.
  const place = (score: number | null) => (score === null ? Number.MAX_VALUE : sign * score);
  const sorted = trials.toSorted((a, b) => place(a.score) - place(b.score));
  const rows = sorted
    .slice(0, MOST_TRIALS)
    .map(({ number, candidate, score, status, epochs, seconds }) => [
      number,
      describe(candidate),
      figure(score),
      status,
      epochs,
      seconds.toFixed(1),
    ]);
  const outcome =
    bestTrial === null ? 'None beat the screened default.' : `Trial ${bestTrial} won.`;
  return [
    '## Tuning',
    `${trials.length} trials, by ${problem.metric} on the validation rows. ${outcome}`,
    markdownTable(['trial', 'candidate', problem.metric, 'ended', 'epochs', 'seconds'], rows),
  ].join('\n\n');
}

function renderOptimisation({
  optimisation,
  validation,
  trainingSeconds,
  problem,
}: RunReport): string {
  const { rounds, stopped, ensemble, calibration, decision, refit } = optimisation;
  const rows = rounds.map(({ number, prescription, scoreBefore, scoreAfter, kept }) => [
    number,
    prescription.diagnosis,
    prescription.evidence,
    prescription.action ?? 'nothing to mend',
    figure(scoreBefore),
    figure(scoreAfter),
    kept ? 'kept' : 'put aside',
  ]);
  return [
    '## Rounds of optimisation',
    `Before them: ${validation.metric} ${figure(validation.score)} on ${validation.rows} validation rows ` +
      `(${range(validation.interval)}). They ended because ${stopped}.`,
    ...(rows.length === 0
      ? []
      : [
          markdownTable(
            ['round', 'diagnosis', 'evidence', 'action', 'before', 'after', 'effect'],
            rows,
          ),
        ]),
    ...(ensemble === null ? [] : [renderEnsemble(ensemble)]),
    ...(calibration === null ? [] : [renderCalibration(calibration, problem)]),
    ...(decision === null ? [] : [renderDecision(decision, problem)]),
    `${refit.done ? 'Refitted on training plus validation rows' : 'Not refitted'}: ${refit.reason}. ` +
      `Training took ${trainingSeconds.toFixed(1)} s of computation in all.`,
  ].join('\n\n');
}

function renderEnsemble({ considered, members, score, singleScore, reason }: Ensembling): string {
  const scores =
    score === null || singleScore === null
      ? ''
      : ` Chosen by some of the rows and scored on the others, ensembles come to ${figure(score)}, single models to ${figure(singleScore)}.`;
  return [
    '### Ensemble',
    `Chosen among ${considered} models. ${capitalise(reason)}.${scores}`,
    ...(members.length === 0
      ? []
      : [
          markdownTable(
            ['member', 'share', 'alone'],
            members.map((each) => [each.estimator, figure(each.share), figure(each.score)]),
          ),
        ]),
  ].join('\n\n');
}

function renderCalibration(
  { map, logLoss, plainLogLoss, kept, reason }: Calibrating,
  { classes }: Problem,
): string {
  const losses = `log loss ${figure(logLoss)}, against ${figure(plainLogLoss)} as the model says`;
  const offsets = classes.map((name, i) => `${name} ${figure(map.offsets[i] ?? 0)}`).join(', ');
  return [
    '### Calibration',
    kept
      ? `Probabilities are mended: their logarithms times ${figure(map.slope)}, plus an offset (${offsets}), made to add up to 1. ` +
        `${capitalise(reason)}: ${losses}.`
      : `Probabilities stay as the model gives them. A map was tried: ${reason} (${losses}).`,
  ].join('\n\n');
}

function renderDecision(
  { weights, score, plainScore, kept, reason }: Deciding,
  { classes, metric }: Problem,
): string {
  const list = classes.map((name, i) => `${name} × ${figure(weights[i] ?? 1)}`).join(', ');
  return [
    '### Decisions between classes',
    kept
      ? `The class with the largest weighted probability is decided for: ${list}. ${capitalise(reason)}: ` +
        `${metric} ${figure(score)}, against ${figure(plainScore)} for the likeliest class.`
      : `The likeliest class is decided for. Weights of classes were tried: ${reason} (${figure(score)}, against ${figure(plainScore)}).`,
  ].join('\n\n');
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function renderEvaluation(test: Evaluation): string {
  const metrics = Object.entries(test.metrics).map(([name, value]) => {
    const interval = test.intervals[name as MetricName];
    return [name, figure(value), interval === undefined ? '–' : range(interval)];
  });
  const parts = [
    '## On the test rows',
    markdownTable(['metric', 'value', '95 % interval'], metrics),
  ];
  if (test.perClass.length > 0 && test.perClass.length <= MOST_CLASSES) {
    const rows = test.perClass.map((each) => [
      each.class,
      figure(each.precision),
      figure(each.recall),
      figure(each.f1),
      each.support,
    ]);
    const names = test.perClass.map((each) => each.class);
    parts.push(
      markdownTable(['class', 'precision', 'recall', 'F1', 'rows'], rows),
      markdownTable(
        ['true \\ predicted', ...names],
        test.confusion.map((counts, index) => [names[index] ?? '', ...counts]),
      ),
    );
  }
  return parts.join('\n\n');
}

function renderImportance({ insights, test }: RunReport): string {
  const { importance, sampledRows } = insights;
  if (importance.length === 0) {
    return '## What matters\n\nThe metric is undefined on the sampled rows.';
  }
  const rows = importance
    .slice(0, MOST_COLUMNS)
    .map(({ column, loss, low, high, shapley }) => [
      column,
      figure(loss),
      range({ low, high }),
      figure(shapley),
    ]);
  return [
    '## What matters',
    `By how much ${test.metric} gets worse on ${sampledRows} test rows when a column is shuffled (the mean of ` +
      'three shuffles, and their range), and the mean size of the column’s share in single predictions ' +
      '(Shapley values). Columns that say the same share what they say: each looks less important.',
    markdownTable(['column', `loss of ${test.metric}`, 'range', 'mean Shapley value'], rows),
  ].join('\n\n');
}

function renderErrors({ insights: { errors }, problem }: RunReport): string {
  if (errors.length === 0) return '## Errors worth a look\n\nNone on the test rows.';
  const columns = Object.keys(errors[0]?.record ?? {}).slice(0, MOST_SHOWN_COLUMNS);
  const isRegression = problem.task === 'regression';
  const rows = errors.map(({ truth, predicted, probability, record }) => [
    truth,
    predicted,
    ...(isRegression ? [] : [figure(probability)]),
    ...columns.map((name) => record[name] ?? ''),
  ]);
  const header = ['true', 'predicted', ...(isRegression ? [] : ['p(true)']), ...columns];
  return [
    '## Errors worth a look',
    `The test rows on which the model is ${isRegression ? 'furthest off' : 'most surely wrong'}, as the model sees ` +
      'them (missing values imputed or "(missing)", rare ones as "(other)"). A wrong label in the data often shows here first.',
    markdownTable(header, rows),
  ].join('\n\n');
}

function renderExports({ exports, model, version }: RunReport): string {
  const rows = exports.map(({ format, bytes, runtime, relativeError }) => [
    format,
    bytes,
    runtime,
    relativeError.toExponential(1),
  ]);
  if (rows.length === 0) return '## Other formats\n\nThe job asked for none.';
  const reference = version === null ? model : `${model}@${version}`;
  return [
    '## Other formats',
    `Each was loaded again, and answered the self-test's ${exports[0]?.rows} records as the model does: the ` +
      'difference is a share of the largest output.',
    markdownTable(['format', 'bytes', 'tried out by', 'difference'], rows),
    `\`sevenfold export ${reference} --format <format> --output <folder>\` writes them and others.`,
  ].join('\n\n');
}

function renderSteps({ steps }: RunReport): string {
  if (steps === null) return '## Steps\n\nThe graph was not kept.';
  const rows = steps.plan.steps.map(({ id, summary }) => {
    const { status, seconds, reusedFrom } = steps.done.find((step) => step.id === id) ?? {
      ...{ status: 'waiting', seconds: null, reusedFrom: null },
    };
    const how = reusedFrom === null ? status : `reused from ${reusedFrom}`;
    return [id, summary, how, seconds === null ? '' : seconds.toFixed(1)];
  });
  return `## Steps\n\n${markdownTable(['step', '', 'came to', 'seconds'], rows)}`;
}

function renderProvenance({
  hashes,
  versions,
  fingerprint,
  job,
  runId,
  workflowId,
}: RunReport): string {
  const threads = Math.max(fingerprint.intraOpThreads, fingerprint.interOpThreads);
  const facts = {
    run: `${workflowId} (${runId})`,
    'data, SHA-256': hashes.data,
    'transform, SHA-256': hashes.transform,
    'weights, SHA-256': hashes.weights,
    'package, SHA-256': hashes.package,
    seed: String(job.seed),
    ...versions,
    arithmetic: [
      ...[fingerprint.backend, fingerprint.platform, fingerprint.cpuModel],
      threads === 1 ? '1 thread' : `${threads} threads`,
    ].join(', '),
  };
  return [
    '## Where it comes from',
    markdownTable(['', ''], Object.entries(facts)),
    'The same job, data and seed on the same kind of machine give the same weights:',
    `\`\`\`yaml\n${stringify(job)}\`\`\``,
  ].join('\n\n');
}

/** `mlp (learningRate 0.001, hiddenLayers [64, 32])` */
function describe({ estimator, hyperparameters }: Candidate): string {
  const values = Object.entries(hyperparameters).map(([name, value]) => {
    const shown = typeof value === 'number' ? figure(value) : describeValue(value);
    return `${name} ${shown}`;
  });
  return values.length === 0 ? estimator : `${estimator} (${values.join(', ')})`;
}

function describeValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'kind' in value) return String(value.kind);
  return JSON.stringify(value).replaceAll(',', ', ').replaceAll('"', '');
}
