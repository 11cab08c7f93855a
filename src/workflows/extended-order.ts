import type { WorkOrder } from '../activities/supervise.ts';
import { DEFAULT_EPOCHS } from '../default-epochs.ts';
import { isNetwork } from '../is-network.ts';
import type { Extension } from '../schemas/extension.ts';
import type { TrainingRequest } from '../schemas/training.ts';

/** Epochs after which a training ends at the latest; null for solvers, which have none. */
export function totalEpochs({ candidate, maxEpochs }: TrainingRequest): number | null {
  if (!isNetwork(candidate.estimator)) return null;
  return Math.min(plannedEpochs(candidate), maxEpochs ?? Number.POSITIVE_INFINITY);
}

/** The same training with a larger total; the request itself where its total is large enough. */
export function withEpochs(request: TrainingRequest, total: number): TrainingRequest {
  const { candidate, maxEpochs } = request;
  if ((totalEpochs(request) ?? total) >= total) return request;
  const { hyperparameters } = candidate;
  const isPlanned = plannedEpochs(candidate) >= total;
  return {
    ...request,
    candidate: isPlanned
      ? candidate
      : { ...candidate, hyperparameters: { ...hyperparameters, epochs: total } },
    maxEpochs: maxEpochs === null ? null : Math.max(maxEpochs, total),
  };
}

/** Work that goes on from the checkpoints of what it was before; the order itself where nothing changes. */
export function extendedOrder(order: WorkOrder<'train'>, total: number): WorkOrder<'train'> {
  const { label, request, extend = [] } = order;
  const larger = withEpochs(request, total);
  return larger === request
    ? order
    : { ...order, request: larger, extend: [{ label, request }, ...extend] };
}

/** What an extension does to a training, for the record. */
export function describeExtension(
  { label, request }: WorkOrder<'train'>,
  to: number,
): Extension['trainings'][number] {
  const { candidate } = request;
  const schedule = candidate.hyperparameters['schedule'] as { kind?: string } | undefined;
  const dependsOnTotal = schedule?.kind === 'polynomial' || schedule?.kind === 'cosine';
  // The schedule runs over the planned epochs, whatever the budget cuts off.
  const isChanged = dependsOnTotal && to > plannedEpochs(candidate);
  return { label, from: totalEpochs(request) ?? 0, to, schedule: isChanged ? 'changed' : 'kept' };
}

const plannedEpochs = ({ hyperparameters }: TrainingRequest['candidate']): number => {
  const { epochs } = hyperparameters;
  return typeof epochs === 'number' ? epochs : DEFAULT_EPOCHS;
};
