import { Context } from '@temporalio/activity';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';

const EVERY_MS = 1_000;

/** Heartbeats while an activity runs, so that a worker that was killed is missed within seconds. */
export class SteadyHeartbeat implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const context = Context.current();
    // What the workflow's own worker does within a task has nobody to tell.
    if (context.info.isLocal) return next(input);
    // With what an earlier attempt has left for the later ones.
    const heartbeats = setInterval(
      () => context.heartbeat(context.info.heartbeatDetails),
      EVERY_MS,
    );
    try {
      return await next(input);
    } finally {
      clearInterval(heartbeats);
    }
  }
}
