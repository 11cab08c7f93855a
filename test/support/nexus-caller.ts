import { createNexusServiceClient } from '@temporalio/workflow';
import { lifecycleService, type RunLifecycleRequest } from '../../src/nexus/lifecycle-service.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import type { RunState } from '../../src/schemas/run-state.ts';

/** A workflow of another team: has a model trained by Sevenfold, and looks at the run. */
export async function orderModel(
  endpoint: string,
  request: RunLifecycleRequest,
): Promise<{ result: LifecycleResult; state: RunState }> {
  const sevenfold = createNexusServiceClient({ endpoint, service: lifecycleService });
  const operation = await sevenfold.startOperation('runLifecycle', request);
  const result = await operation.result();
  const state = await sevenfold.executeOperation('runState', { id: request.id });
  return { result, state };
}
