import type { MetricName, Problem, Task } from '../../src/schemas/problem.ts';

const LESS_IS_BETTER: readonly MetricName[] = ['mse', 'rmse', 'mae', 'log_loss'];
const CLASSES: Record<Task, readonly string[]> = {
  regression: [],
  binary: ['no', 'yes'],
  multiclass: ['red', 'green', 'blue'],
};

/** A problem of one task, scored by one metric; binary ones look for 'yes'. */
export const problemOf = (task: Task, metric: MetricName): Problem => ({
  task,
  target: 'y',
  classes: [...CLASSES[task]],
  positiveClass: task === 'binary' ? 'yes' : null,
  metric,
  direction: LESS_IS_BETTER.includes(metric) ? 'minimise' : 'maximise',
});
