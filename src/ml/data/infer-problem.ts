import { InputError } from '../../errors.ts';
import { nearestName } from '../../nearest.ts';
import type { Job } from '../../schemas/job.ts';
import { directionOf, suitsTask, USUAL_METRICS } from '../../schemas/metric-tasks.ts';
import { type Decision, MetricName, type Problem, type Task } from '../../schemas/problem.ts';
import type { ColumnProfile } from './column-profile.ts';
import { readNumber } from './written-number.ts';

/** A whole-number target with at most so many values is taken for classes. */
const FEW_VALUES = 10;
/** … if each of them stands for at least so many rows on average. */
const ROWS_PER_CLASS = 5;
const MOST_CLASSES = 1_000;

/** What is to be predicted, from the job and the target's training rows, with a reason for each choice. */
export function inferProblem(
  job: Job,
  target: ColumnProfile,
): { problem: Problem; decisions: Decision[] } {
  refuseUnusable(target);
  const decisions: Decision[] = [];
  const task = job.task ?? decide(decisions, 'task', inferTask(target));
  const classes = task === 'regression' ? [] : sortedClasses(target);
  checkClasses(task, classes, target);
  if (task === 'regression') checkNumbers(target);
  const positiveClass = task === 'binary' ? choosePositive(job, target, classes, decisions) : null;
  if (task !== 'binary' && job.positiveClass !== undefined) {
    throw new InputError({
      code: 'ConflictingOptions',
      field: 'positiveClass',
      value: job.positiveClass,
      expected: `no positive class, since the task is ${task}`,
      remedy: 'Remove positiveClass.',
    });
  }
  const metric = chooseMetric(job, task, decisions);
  return {
    problem: {
      task,
      target: target.name,
      ...(task === 'regression' && target.format !== undefined && { numbers: target.format }),
      classes,
      positiveClass,
      metric,
      direction: directionOf(metric),
    },
    decisions,
  };
}

function refuseUnusable({ name, present, distinct }: ColumnProfile): void {
  if (present === 0) {
    throw new InputError({
      code: 'TargetMissing',
      field: 'target',
      value: name,
      expected: 'a column with values; in the training rows all of them are missing',
      remedy: 'Choose another target, or see columns.missing.',
    });
  }
  if (distinct === 1) {
    throw new InputError({
      code: 'TargetConstant',
      field: 'target',
      value: name,
      expected: 'a column with two values at least; in the training rows it is constant',
      remedy: 'Choose another target, or another split.',
    });
  }
}

function inferTask(target: ColumnProfile): { value: Task; reason: string } {
  const { distinct, present, numbers, integers } = target;
  if (distinct === 2) return { value: 'binary', reason: 'the target has two values' };
  if (numbers < present) {
    return { value: 'multiclass', reason: `the target is text with ${distinct} values` };
  }
  if (integers === present && distinct <= FEW_VALUES && present >= distinct * ROWS_PER_CLASS) {
    return {
      value: 'multiclass',
      reason: `the target has ${distinct} whole numbers as values, few enough for classes`,
    };
  }
  return { value: 'regression', reason: `the target is numeric with ${distinct} values` };
}

function sortedClasses(target: ColumnProfile): string[] {
  const names = [...target.counts.keys()];
  const isNumeric = target.numbers === target.present;
  return isNumeric
    ? names.sort((a, b) => valueOf(a, target) - valueOf(b, target))
    : names.sort((a, b) => (a < b ? -1 : 1));
}

const valueOf = (name: string, { format }: ColumnProfile): number =>
  readNumber(name, name, format) ?? 0;

function checkClasses(task: Task, classes: readonly string[], target: ColumnProfile): void {
  if (task === 'regression') return;
  if (task === 'binary' && classes.length !== 2) {
    throw new InputError({
      code: 'NotBinary',
      field: 'task',
      value: task,
      expected: `a target with two values; '${target.name}' has ${classes.length}`,
      remedy: "Set task to 'multiclass' or 'regression', or leave it out.",
    });
  }
  if (classes.length > MOST_CLASSES || !target.distinctIsExact) {
    throw new InputError({
      code: 'TooManyClasses',
      field: 'target',
      value: target.name,
      expected: `at most ${MOST_CLASSES} classes; there are ${classes.length}`,
      remedy: 'Choose another target, or group its values.',
    });
  }
  const single = classes.find((name) => target.countOf(name) === 1);
  if (single !== undefined) {
    throw new InputError({
      code: 'ClassWithOneRow',
      field: 'target',
      value: single,
      expected: `two training rows at least for each class of '${target.name}'`,
      remedy: `Add rows of the class '${single}', or remove its one row.`,
    });
  }
}

function checkNumbers(target: ColumnProfile): void {
  const { present, numbers, infinite, firstOther, name } = target;
  if (numbers === present) return;
  const infinity = infinite > 0 ? ` (${infinite} of them infinite: Infinity)` : '';
  throw new InputError({
    code: 'TargetNotNumeric',
    field: 'target',
    value: firstOther.numeric?.value ?? 'Infinity',
    expected: `finite numbers in '${name}'; ${present - numbers} cells of the training rows are not${infinity}`,
    remedy: 'Mend these cells, name them in columns.missing, or choose another task.',
  });
}

function choosePositive(
  job: Job,
  target: ColumnProfile,
  classes: readonly string[],
  decisions: Decision[],
): string {
  if (job.positiveClass !== undefined) {
    if (classes.includes(job.positiveClass)) return job.positiveClass;
    const nearest = nearestName(job.positiveClass, classes);
    throw new InputError({
      code: 'ClassNotFound',
      field: 'positiveClass',
      value: job.positiveClass,
      expected: `one of the classes ${classes.join(', ')}`,
      remedy: nearest === undefined ? 'Choose one of these.' : `Did you mean '${nearest}'?`,
    });
  }
  const [first, second] = classes as [string, string];
  const [countFirst, countSecond] = [target.countOf(first), target.countOf(second)];
  const isFirstRarer = countFirst < countSecond;
  return decide(decisions, 'positiveClass', {
    value: isFirstRarer ? first : second,
    reason: `the rarer class of the training rows: ${first} ${countFirst}, ${second} ${countSecond}`,
  });
}

function chooseMetric(job: Job, task: Task, decisions: Decision[]): MetricName {
  if (job.metric === undefined) {
    const value = USUAL_METRICS[task];
    return decide(decisions, 'metric', { value, reason: `the usual one for ${task}` });
  }
  if (suitsTask(job.metric, task)) return job.metric;
  const suitable = MetricName.options.filter((name) => suitsTask(name, task));
  throw new InputError({
    code: 'UnsuitableMetric',
    field: 'metric',
    value: job.metric,
    expected: `a metric for ${task}: ${suitable.join(', ')}`,
    remedy: 'Change the metric, or set the task.',
  });
}

function decide<T>(
  decisions: Decision[],
  field: string,
  { value, reason }: { value: T; reason: string },
): T {
  decisions.push({ field, value, reason });
  return value;
}
