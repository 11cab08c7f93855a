import type { InputProblem } from '../errors.ts';
import type { Job } from './job.ts';
import { suitsTask } from './metric-tasks.ts';
import { POWER_FORMATS } from './model-export.ts';

/** What can't hold at the same time, found before any data are read; undefined when all is well. */
export function findJobConflict(job: Job): InputProblem | undefined {
  for (const check of CHECKS) {
    const found = check(job);
    if (found !== undefined) return { code: 'ConflictingOptions', ...found };
  }
  return undefined;
}

type Check = (job: Job) => Omit<InputProblem, 'code'> | undefined;

const CHECKS: readonly Check[] = [
  ({ columns, target }) =>
    columns.drop.includes(target)
      ? {
          field: 'columns.drop',
          value: target,
          expected: 'columns other than the target',
          remedy: `Remove '${target}' from columns.drop, or choose another target.`,
        }
      : undefined,
  ({ split, target }) =>
    'column' in split && split.column === target
      ? {
          field: 'split.column',
          value: target,
          expected: 'a column other than the target',
          remedy: 'Split by another column.',
        }
      : undefined,
  ({ columns }) => {
    const dropped = columns.drop.find((name) => name in columns.types);
    return dropped === undefined
      ? undefined
      : {
          field: `columns.types.${dropped}`,
          value: columns.types[dropped],
          expected: 'a column that is kept',
          remedy: `Remove '${dropped}' from columns.drop or from columns.types.`,
        };
  },
  ({ task, metric }) =>
    task !== undefined && metric !== undefined && !suitsTask(metric, task)
      ? {
          field: 'metric',
          value: metric,
          expected: `a metric for ${task}`,
          remedy: 'Change the metric or the task.',
        }
      : undefined,
  ({ task, positiveClass }) =>
    task !== undefined && task !== 'binary' && positiveClass !== undefined
      ? {
          field: 'positiveClass',
          value: positiveClass,
          expected: `no positive class, since the task is ${task}`,
          remedy: "Remove positiveClass, or set the task to 'binary'.",
        }
      : undefined,
  ({ estimators, hyperparameters }) => {
    const stray = Object.keys(hyperparameters).find(
      (name) => estimators !== undefined && !estimators.some((estimator) => estimator === name),
    );
    return stray === undefined
      ? undefined
      : {
          field: `hyperparameters.${stray}`,
          value: stray,
          expected: `hyperparameters of the estimators ${estimators?.join(', ')}`,
          remedy: `Add '${stray}' to estimators, or remove its hyperparameters.`,
        };
  },
  ({ resources }) =>
    resources.gpu === 'none' && resources.gpuModel !== undefined
      ? {
          field: 'resources.gpuModel',
          value: resources.gpuModel,
          expected: 'no GPU model, since resources.gpu is none',
          remedy: "Set resources.gpu to 'preferred' or 'required', or remove gpuModel.",
        }
      : undefined,
  ({ preprocess, deployment }) =>
    preprocess.targetScale === 'log' && deployment.formats.includes('tfjs-layers')
      ? {
          field: 'deployment.formats',
          value: 'tfjs-layers',
          expected: "another format, since preprocess.targetScale is 'log'",
          remedy: "Layers models have no exponential; choose 'tfjs-graph'.",
        }
      : undefined,
  ({ preprocess, deployment: { formats } }) => {
    const unable = formats.find((name) => !POWER_FORMATS.includes(name));
    return preprocess.targetScale === 'power' && unable !== undefined
      ? {
          field: 'deployment.formats',
          value: unable,
          expected: `formats among ${POWER_FORMATS.join(', ')}, since preprocess.targetScale is 'power'`,
          remedy: 'Other formats have no roots by which the power is undone.',
        }
      : undefined;
  },
  ({ format }) =>
    format.kind === 'parquet' && format.separator !== undefined
      ? {
          field: 'format.separator',
          value: format.separator,
          expected: 'no separator, since Parquet has none',
          remedy: 'Remove format.separator or format.kind.',
        }
      : undefined,
];
