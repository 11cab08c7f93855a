import type { MetricName, Problem, Task } from './problem.ts';

const REGRESSION: readonly MetricName[] = ['rmse', 'mse', 'mae', 'r2'];
/** They speak of one class, so that three or more need an average that only F1 has a name for. */
const BINARY_ONLY: readonly MetricName[] = ['f1'];

/** What a task is scored by where nobody says. */
export const USUAL_METRICS = {
  regression: 'rmse',
  binary: 'roc_auc',
  multiclass: 'accuracy',
} as const satisfies Record<Task, MetricName>;

const ERRORS: readonly MetricName[] = ['log_loss', 'mse', 'rmse', 'mae'];

/** Which way a metric gets better. */
export const directionOf = (metric: MetricName): Problem['direction'] =>
  ERRORS.includes(metric) ? 'minimise' : 'maximise';

/** Whether a metric can score a task. */
export function suitsTask(metric: MetricName, task: Task): boolean {
  if (REGRESSION.includes(metric) !== (task === 'regression')) return false;
  return task !== 'multiclass' || !BINARY_ONLY.includes(metric);
}
