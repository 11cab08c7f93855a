import type { GraphRun } from '../pipelines/graph-run.ts';
import type { GraphEnd, Task, TaskOutcome } from '../pipelines/graph-state.ts';

/**
 * Carries a graph out to its end: each task as soon as the graph begins it, and the graph told of
 * what it came to.
 * @param carryOut gives null for what is given up, to begin again with another history
 * @param mayGoOn where it gives false nothing more is begun, and null is the answer when what was
 * under way has ended
 */
export async function runGraph(
  graph: GraphRun,
  carryOut: (task: Task) => Promise<TaskOutcome | null>,
  mayGoOn: () => boolean = () => true,
): Promise<GraphEnd | null> {
  let underWay = 0;
  let wake: () => void = () => undefined;
  const begin = (task: Task): Promise<void> => {
    underWay += 1;
    return carryOut(task).then((outcome) => {
      if (outcome !== null) graph.ended(task.key, outcome);
      underWay -= 1;
      wake();
    });
  };
  for (;;) {
    const woken = new Promise<void>((resolve) => (wake = resolve));
    if (mayGoOn()) for (const task of graph.next()) void begin(task);
    const end = graph.end();
    if (end !== null) return end;
    if (underWay === 0 && !mayGoOn()) return null;
    await woken;
  }
}
