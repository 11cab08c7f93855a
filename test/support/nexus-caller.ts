import {
  CancellationScope,
  condition,
  createNexusServiceClient,
  defineSignal,
  setHandler,
} from '@temporalio/workflow';
import {
  type RunLifecycleRequest,
  type RunPipelineRequest,
  sevenfoldService,
} from '../../src/nexus/sevenfold-service.ts';
import type { Decision, PipelineResult, PipelineState } from '../../src/schemas/pipeline-run.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import type { RunState } from '../../src/schemas/run-state.ts';

/** A workflow of another team: has a model trained by Sevenfold, and looks at the run. */
export async function orderModel(
  endpoint: string,
  request: RunLifecycleRequest,
): Promise<{ result: LifecycleResult; state: RunState }> {
  const sevenfold = createNexusServiceClient({ endpoint, service: sevenfoldService });
  const operation = await sevenfold.startOperation('runLifecycle', request);
  const result = await operation.result();
  const state = await sevenfold.executeOperation('runState', { id: request.id });
  return { result, state };
}

/** Someone has decided. */
const decided = defineSignal<[Decision]>('decided');

/** A workflow of another team: has a graph run by Sevenfold, and answers what it asks. */
export async function orderGraph(
  endpoint: string,
  request: RunPipelineRequest,
): Promise<{ result: PipelineResult; state: PipelineState; refusal: string }> {
  const decisions: Decision[] = [];
  setHandler(decided, (decision) => void decisions.push(decision));
  const sevenfold = createNexusServiceClient({ endpoint, service: sevenfoldService });
  const { id } = request;
  const operation = await sevenfold.startOperation('runPipeline', request);
  const result = operation.result();
  const decide = () => condition(() => decisions.length > 0);
  // Whoever is cancelled waits until the graph has been, too.
  await Promise.race([CancellationScope.nonCancellable(decide), result]);
  const [decision] = decisions as [Decision];
  const state = await sevenfold.executeOperation('pipelineState', { id });
  const wrong = { ...decision, id, step: `no-${decision.step}` };
  const refusal = await sevenfold.executeOperation('approve', wrong).then(
    () => 'taken',
    (error: Error) => String(error.cause),
  );
  await sevenfold.executeOperation('approve', { ...decision, id });
  return { result: await result, state, refusal };
}
