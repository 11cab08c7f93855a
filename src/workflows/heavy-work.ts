import { type ActivityInterfaceFor, proxyActivities } from '@temporalio/workflow';
import type { HeavyActivities } from '../activities/index.ts';
import { heavyWork } from './activity-profiles.ts';
import type { PausableWork } from './pausable-work.ts';

type Name = keyof HeavyActivities;
type Order<N extends Name> = Parameters<HeavyActivities[N]>[0];
type Outcome<N extends Name> = Awaited<ReturnType<HeavyActivities[N]>>;

/** Heavy activities on the task queue that the job's resources ask for; none of them runs while paused. */
export class HeavyWork {
  readonly #activities: ActivityInterfaceFor<HeavyActivities>;
  readonly #pausable: PausableWork;

  constructor(taskQueue: string, pausable: PausableWork) {
    this.#activities = proxyActivities<HeavyActivities>({ ...heavyWork, taskQueue });
    this.#pausable = pausable;
  }

  /** @param current gives the order as it is at a new beginning, where that may have changed. */
  run<N extends Name>(
    name: N,
    summary: string,
    order: Order<N>,
    current: () => Order<N> = () => order,
  ): Promise<Outcome<N>> {
    const { executeWithOptions } = this.#activities[name] as {
      executeWithOptions(options: { summary: string }, args: [Order<N>]): Promise<Outcome<N>>;
    };
    return this.#pausable.run(() => executeWithOptions({ summary }, [current()]));
  }
}
