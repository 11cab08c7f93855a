import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { getClient, startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { HandlerError, serviceHandler } from 'nexus-rpc';
import { inputErrorIn } from '../client/run-failure.ts';
import { InputError } from '../errors.ts';
import { readPipelineRequest } from '../pipelines/read-request.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { Decision, PipelineResult, PipelineState } from '../schemas/pipeline-run.ts';
import { parseRerun } from '../schemas/rerun.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';
import { TaskQueue } from '../task-queues.ts';
import {
  type RunLifecycleRequest,
  type RunPipelineRequest,
  sevenfoldService,
} from './sevenfold-service.ts';

/**
 * Answers the service on the main task queue; an input that is not right is refused at once.
 * @param pipelines folder of the graphs that are asked for by name
 */
export const createServiceHandler = (pipelines: string) =>
  serviceHandler(sevenfoldService, {
    runLifecycle: new WorkflowRunOperationHandler<RunLifecycleRequest, LifecycleResult>(
      async (context, request) => {
        const { input } = await checked(request, EXAMPLES.lifecycle, () => {
          if (parseRerun(request.input) === null) parseJob(request.input);
        });
        return startWorkflow(context, 'lifecycle', { ...startOf(request), args: [input] });
      },
    ),
    runState: (_context, { id }) => ask<RunState>(id, 'runState'),

    runPipeline: new WorkflowRunOperationHandler<RunPipelineRequest, PipelineResult>(
      async (context, request) => {
        const { input } = await checked(request, EXAMPLES.pipeline, () =>
          readPipelineRequest(request.input, pipelines, process.cwd()),
        );
        return startWorkflow(context, 'pipeline', { ...startOf(request), args: [input] });
      },
    ),
    pipelineState: (_context, { id }) => ask<PipelineState>(id, 'pipelineState'),
    approve: (_context, { id, ...decision }) => approve(id, decision),
  });

const EXAMPLES = {
  lifecycle: '{"id": "…", "input": {"data": "…", "target": "…"}}',
  pipeline: '{"id": "…", "input": {"pipeline": "…", "inputs": {…}}}',
};

const startOf = ({ id, requestedBy = 'Nexus caller' }: { id: string; requestedBy?: string }) => ({
  taskQueue: TaskQueue.main,
  workflowId: id,
  memo: { requestedBy },
  staticSummary: `asked for by ${requestedBy}`,
});

async function ask<State>(id: string, query: string): Promise<State> {
  try {
    return await getClient().workflow.getHandle(id).query<State>(query);
  } catch (error) {
    throw translate(error, id);
  }
}

async function approve(id: string, decision: Decision): Promise<void> {
  try {
    await getClient()
      .workflow.getHandle(id)
      .executeUpdate<void, [Decision]>('approve', { args: [decision] });
  } catch (error) {
    throw translate(error, id);
  }
}

async function checked<Request extends { readonly id: string }>(
  request: Request,
  example: string,
  check: () => unknown,
): Promise<Request> {
  try {
    if (typeof request?.id !== 'string' || request.id === '') {
      throw new InputError({
        ...{ code: 'InvalidRequest', field: 'id', value: request?.id },
        expected: 'a business id, such as churn/2026-01-31',
        remedy: `Send ${example}.`,
      });
    }
    await check();
    return request;
  } catch (error) {
    throw translate(error, request?.id);
  }
}

/** What the caller can mend is said so, and not tried again. */
function translate(error: unknown, id: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new HandlerError('NOT_FOUND', `There is no run of the id '${id}'.`, { cause: error });
  }
  const fault = error instanceof WorkflowUpdateFailedError ? (inputErrorIn(error) ?? error) : error;
  if (!(fault instanceof InputError)) return error;
  return new HandlerError('BAD_REQUEST', fault.message, { cause: error });
}
