import { activityInfo, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { canonicalHash } from '../canonical-json.ts';
import type {
  MemorySample,
  OutcomeOf,
  RequestOf,
  TaskKind,
  TaskProgress,
} from '../compute/compute-task.ts';
import { ProgressReporter } from './progress-reporter.ts';

/** Does heavy work outside this process: the event loop that heartbeats must not do arithmetic. */
export interface Compute {
  run<Kind extends TaskKind>(
    task: Kind,
    request: RequestOf<Kind>,
    options: {
      readonly lineage: string;
      readonly extend: readonly string[];
      readonly signal: AbortSignal;
      readonly memoryBytes: number | undefined;
      readonly alone: boolean;
      onProgress(progress: TaskProgress): void;
      onMemory(sample: MemorySample): void;
    },
  ): Promise<OutcomeOf<Kind>>;
}

/** A piece of heavy work, and what it is called in its run. */
export interface WorkOrder<Kind extends TaskKind> {
  readonly runId: string;
  /** Of the run, which is told of progress. */
  readonly workflowId: string;
  /** Unique in the run: `screen/mlp`, `trial/12`, `round/1`. */
  readonly label: string;
  readonly memoryGiB: number | null;
  readonly request: RequestOf<Kind>;
  /** Work of the same run whose last checkpoint this goes on from, newest first. */
  readonly extend?: readonly Pick<WorkOrder<Kind>, 'label' | 'request'>[];
}

/** What a heartbeat carries, and the next attempt finds. */
interface Heartbeat {
  readonly progress: TaskProgress | null;
  readonly memory: MemorySample | null;
  /** The attempt died for want of memory: the next one runs alone. */
  readonly outOfMemory: boolean;
}

const HEARTBEAT_EVERY_MS = 1_000;

/** Where the log of a piece of work lies: the same for each attempt at the same request. */
export const lineageOf = ({
  runId,
  label,
  request,
}: Pick<WorkOrder<TaskKind>, 'runId' | 'label' | 'request'>): string =>
  `${runId}/${label.replaceAll('/', '-')}-${canonicalHash(request).slice(0, 12)}`;

/** Has a task done, heartbeats while it lives, and names what it may die of. */
export async function supervise<Kind extends TaskKind>(
  compute: Compute,
  task: Kind,
  order: WorkOrder<Kind>,
  /** What is really asked of this attempt; the order's own request names the log. */
  request: RequestOf<Kind> = order.request,
): Promise<OutcomeOf<Kind>> {
  const context = Context.current();
  const earlier = activityInfo().heartbeatDetails as Heartbeat | undefined;
  const reporter = new ProgressReporter(context, order);
  let last: Heartbeat = { progress: null, memory: null, outOfMemory: false };
  const beat = (news: Partial<Heartbeat>) => {
    last = { ...last, ...news };
    context.heartbeat(last);
  };
  // Waiting for memory is life, too; the pool sees to it that what it runs moves.
  const heartbeats = setInterval(() => beat({}), HEARTBEAT_EVERY_MS);
  try {
    return await compute.run(task, request, {
      lineage: lineageOf(order),
      extend: (order.extend ?? []).map((earlier) => lineageOf({ ...order, ...earlier })),
      signal: context.cancellationSignal,
      memoryBytes: order.memoryGiB === null ? undefined : order.memoryGiB * 2 ** 30,
      alone: earlier?.outOfMemory === true,
      onProgress: (progress) => {
        beat({ progress });
        if (progress.kind === 'training') reporter.report(progress.training);
      },
      onMemory: (memory) => beat({ memory }),
    });
  } catch (error) {
    throw describeEnd(error, context, beat);
  } finally {
    clearInterval(heartbeats);
    await reporter.close();
  }
}

function describeEnd(error: unknown, context: Context, beat: (news: Partial<Heartbeat>) => void) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (context.cancellationSignal.aborted) {
    const reason: unknown = context.cancellationSignal.reason;
    return reason instanceof CancelledFailure ? reason : new CancelledFailure(message);
  }
  if (name === 'OutOfMemory') beat({ outOfMemory: true });
  if (name === 'OutOfMemory' || name === 'ComputeProcessDied' || name === 'ComputeProcessHung') {
    const { samples = [] } = error as { samples?: readonly MemorySample[] };
    return ApplicationFailure.create({ type: name, message, details: [{ memory: samples }] });
  }
  const isFinal = (error as { isTransient?: boolean }).isTransient === false;
  return isFinal ? ApplicationFailure.nonRetryable(message, name) : error;
}
