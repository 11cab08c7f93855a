import { WorkflowNotFoundError } from '@temporalio/client';
import { getClient, startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { HandlerError, serviceHandler } from 'nexus-rpc';
import { InputError } from '../errors.ts';
import { parseJob } from '../schemas/parse-job.ts';
import { parseRerun } from '../schemas/rerun.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';
import { TaskQueue } from '../task-queues.ts';
import type { lifecycle } from '../workflows/lifecycle.ts';
import { lifecycleService, type RunLifecycleRequest } from './lifecycle-service.ts';

/** Answers the service on the main task queue; an input that is not right is refused at once. */
export const lifecycleServiceHandler = serviceHandler(lifecycleService, {
  runLifecycle: new WorkflowRunOperationHandler<RunLifecycleRequest, LifecycleResult>(
    async (context, request) => {
      const { id, input, requestedBy = 'Nexus caller' } = readRequest(request);
      return startWorkflow<typeof lifecycle>(context, 'lifecycle', {
        taskQueue: TaskQueue.main,
        workflowId: id,
        args: [input],
        memo: { requestedBy },
        staticSummary: `asked for by ${requestedBy}`,
      });
    },
  ),
  async runState(_context, { id }) {
    try {
      return await getClient().workflow.getHandle(id).query<RunState>('runState');
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new HandlerError('NOT_FOUND', `There is no run of the id '${id}'.`, { cause: error });
    }
  },
});

function readRequest(request: RunLifecycleRequest): RunLifecycleRequest {
  try {
    if (typeof request?.id !== 'string' || request.id === '') {
      throw new InputError({
        ...{ code: 'InvalidRequest', field: 'id', value: request?.id },
        expected: 'a business id, such as churn/2026-01-31',
        remedy: 'Send {"id": "…", "input": {"data": "…", "target": "…"}}.',
      });
    }
    if (parseRerun(request.input) === null) parseJob(request.input);
    return request;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HandlerError('BAD_REQUEST', error.message, { cause: error });
  }
}
