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
    const heartbeats = setInterval(() => context.heartbeat(), EVERY_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(heartbeats);
    }
  }
}
