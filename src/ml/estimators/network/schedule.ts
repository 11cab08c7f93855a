import type { LearningRateSchedule } from '../../../schemas/hyperparameters.ts';

export interface SchedulePlan {
  readonly learningRate: number;
  readonly schedule: LearningRateSchedule;
  readonly warmupEpochs: number;
  readonly epochs: number;
  readonly iterationsPerEpoch: number;
}

/** Learning rate of iteration `iteration`, counted from 0 over the whole training. */
export function learningRateAt(plan: SchedulePlan, iteration: number): number {
  const { warmupEpochs, iterationsPerEpoch } = plan;
  const warmup = warmupEpochs * iterationsPerEpoch;
  const ramp = warmup > 0 ? Math.min(1, (iteration + 1) / warmup) : 1;
  return plan.learningRate * ramp * decay(plan, iteration);
}

function decay({ schedule, epochs, iterationsPerEpoch }: SchedulePlan, iteration: number): number {
  const t = Math.min(1, iteration / (epochs * iterationsPerEpoch));
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'polynomial':
      return (1 - t) ** (1 / schedule.decay);
    case 'cosine':
      return (1 + Math.cos(Math.PI * t)) / 2;
    case 'step': {
      const epoch = Math.floor(iteration / iterationsPerEpoch);
      return schedule.factor ** Math.floor(epoch / schedule.everyEpochs);
    }
  }
}
