import {
  type Client,
  isGrpcCancelledError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import type { CallAnswer, CallbackPlace, Delivery } from '../schemas/callback.ts';
import { inputErrorIn } from './run-failure.ts';

/** A worker that is away for longer is said to be: the delivery can come again. */
const LONGEST_WAIT_MS = 20_000;

/**
 * Gives a step that waits for a callback its outputs, or fails it. The same again has the same effect, and the
 * same answer, also when the run has ended since.
 * @throws InputError that says why the run refuses it, or that nobody takes it now
 */
export async function deliverCallback(
  client: Client,
  { workflowId, runId, step, attempt }: CallbackPlace,
  answer: CallAnswer,
): Promise<void> {
  const delivery: Delivery = { runId, step, attempt, ...answer };
  const updateId = `deliver-${canonicalHash(delivery).slice(0, 32)}`;
  const handle = client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: runId });
  const expired = AbortSignal.timeout(LONGEST_WAIT_MS);
  try {
    await client.connection.withAbortSignal(expired, () =>
      handle.executeUpdate<void, [Delivery]>('deliver', { args: [delivery], updateId }),
    );
  } catch (error) {
    if (expired.aborted || isGrpcCancelledError(error)) throw nobodyThere(workflowId, error);
    if (error instanceof WorkflowNotFoundError) throw notWaiting(workflowId, error);
    throw (error instanceof WorkflowUpdateFailedError && inputErrorIn(error)) || error;
  }
}

const nobodyThere = (workflowId: string, cause: unknown): InputError =>
  new InputError(
    {
      ...{ code: 'NoTemporalServer', field: 'workflowId', value: workflowId },
      expected: 'a worker that takes it',
      remedy: 'Deliver it again later: it is taken once.',
    },
    { cause },
  );

const notWaiting = (workflowId: string, cause: unknown): InputError =>
  new InputError(
    {
      ...{ code: 'RunNotFound', field: 'workflowId', value: workflowId },
      expected: 'a run that is under way',
      remedy: 'It has ended, and needs nothing more.',
    },
    { cause },
  );
