import type { MetricName, Task } from './problem.ts';

const REGRESSION: readonly MetricName[] = ['rmse', 'mse', 'mae', 'r2'];
/** They speak of one class, so that three or more need an average that only F1 has a name for. */
const BINARY_ONLY: readonly MetricName[] = ['f1'];

/** Whether a metric can score a task. */
export function suitsTask(metric: MetricName, task: Task): boolean {
  if (REGRESSION.includes(metric) !== (task === 'regression')) return false;
  return task !== 'multiclass' || !BINARY_ONLY.includes(metric);
}
