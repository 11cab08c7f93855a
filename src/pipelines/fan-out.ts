import type { Step } from '../schemas/pipeline.ts';
import { interfaceOf } from './check-scope.ts';
import type { StepState, TaskState } from './graph-state.ts';
import { itemIds } from './item-ids.ts';
import { concatLists } from './stored-list.ts';

/** A task for each item. */
export const itemTasks = (items: readonly unknown[], key: string | undefined): TaskState[] =>
  itemIds(items, key).map((id, index) => ({ id, status: 'waiting', index }));

/** A task for each part of a long list. */
export const chunkTasks = (length: number, size: number): TaskState[] =>
  Array.from({ length: Math.ceil(length / size) }, (_, i) => ({
    id: `${i * size}`,
    status: 'waiting',
    index: i * size,
    count: Math.min(size, length - i * size),
  }));

/** How the graph stands around a fan-out. */
interface Surroundings {
  /** Whether items that wait may still begin. */
  readonly isOpen: boolean;
  /** Whether, where they may not, what was done counts without the rest. */
  readonly keepsParts: boolean;
  /** Why they may not. */
  readonly why: string;
}

/** What becomes of a fan-out by what became of its items; null while it goes on. */
export function settleFanOut(
  step: Step,
  tasks: readonly TaskState[],
  { isOpen, keepsParts, why }: Surroundings,
): Partial<StepState> | null {
  if (tasks.some(({ status }) => status === 'running' || status === 'lost')) return null;
  const failed = tasks.filter(({ status }) => status === 'failed');
  const isWaiting = tasks.some(({ status }) => status === 'waiting');
  const endsEarly = step.onFailure === 'fail' && failed.length > 0;
  if (isWaiting && isOpen && !endsEarly) return null;
  if (failed.length > 0 && step.onFailure !== 'continue') {
    return { status: 'failed', reason: describe(tasks, failed) };
  }
  const isWhole = tasks.every(({ status }) => status === 'completed' || status === 'failed');
  const counts = isWhole || (keepsParts && step.onFailure === 'continue');
  if (!counts) return { status: 'skipped', reason: why };
  const reason = isWhole ? (failed.length > 0 ? describe(tasks, failed) : null) : why;
  return { status: 'completed', outputs: gather(step, tasks), reason };
}

function describe(tasks: readonly TaskState[], failed: readonly TaskState[]): string {
  const [first] = failed;
  const isParts = tasks.some(({ count }) => count !== undefined);
  const what = isParts ? 'parts' : 'items';
  return `${failed.length} of ${tasks.length} ${what} failed; ${first?.id}: ${first?.failure}`;
}

/** A list for each output, in the order of the items; null where an item has failed. */
function gather(step: Step, tasks: readonly TaskState[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(interfaceOf(step).output).map((name) => [
      name,
      concatLists(
        tasks.map(({ outputs, count }) => {
          if (count === undefined) return [outputs?.[name] ?? null];
          return outputs?.[name] ?? Array.from({ length: count }, () => null);
        }),
      ),
    ]),
  );
}
