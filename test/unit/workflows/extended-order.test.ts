import { expect, test } from 'vitest';
import type { WorkOrder } from '../../../src/activities/supervise.ts';
import type { Hyperparameters } from '../../../src/schemas/hyperparameters.ts';
import {
  describeExtension,
  extendedOrder,
  totalEpochs,
} from '../../../src/workflows/extended-order.ts';

const order = (
  hyperparameters: Hyperparameters,
  maxEpochs: number | null = null,
  estimator: 'mlp' | 'ridge' = 'mlp',
): WorkOrder<'train'> => ({
  runId: 'run',
  workflowId: 'workflow',
  label: 'train',
  memoryGiB: null,
  request: {
    prepared: { uri: 'objects/aa/a', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'text/plain' },
    candidate: { estimator, hyperparameters },
    rows: 'fit',
    seed: 0,
    maxEpochs,
    maxSeconds: null,
    checkpointSeconds: 10,
    otherFingerprint: 'refuse',
  },
});

test('the total is the smaller of plan and budget', () => {
  expect(totalEpochs(order({}).request)).toBe(100);
  expect(totalEpochs(order({ epochs: 30 }).request)).toBe(30);
  expect(totalEpochs(order({ epochs: 30 }, 12).request)).toBe(12);
  expect(totalEpochs(order({}, null, 'ridge').request)).toBeNull();
});

test('a larger total changes what limits it, and nothing else', () => {
  const byBudget = extendedOrder(order({ epochs: 30 }, 12), 20);
  expect(byBudget.request).toEqual(order({ epochs: 30 }, 20).request);
  const byPlan = extendedOrder(order({ epochs: 30, l2: 0 }), 40);
  expect(byPlan.request).toEqual(order({ epochs: 40, l2: 0 }).request);
  expect(extendedOrder(order({ epochs: 30 }, 12), 40).request).toEqual(
    order({ epochs: 40 }, 40).request,
  );
});

test('what is extended again goes on from the newest work that has a checkpoint', () => {
  const first = order({ epochs: 10 });
  const second = extendedOrder(first, 20);
  const third = extendedOrder(second, 30);
  expect(third.extend).toEqual([
    { label: 'train', request: second.request },
    { label: 'train', request: first.request },
  ]);
});

test('a total that is large enough, and a solver, stay as they are', () => {
  const network = order({ epochs: 30 });
  expect(extendedOrder(network, 30)).toBe(network);
  const solver = order({}, null, 'ridge');
  expect(extendedOrder(solver, 500)).toBe(solver);
});

test.each([
  ['constant', 40, 'kept'],
  ['step', 40, 'kept'],
  ['cosine', 40, 'changed'],
  ['polynomial', 40, 'changed'],
  // Within the planned epochs the budget cuts the schedule off, and does not stretch it.
  ['cosine', 25, 'kept'],
] as const)('a %s schedule of 30 epochs, extended to %i, is %s', (kind, to, schedule) => {
  const cut = order({ epochs: 30, schedule: { kind } }, 20);
  expect(describeExtension(cut, to)).toEqual({ label: 'train', from: 20, to, schedule });
});
