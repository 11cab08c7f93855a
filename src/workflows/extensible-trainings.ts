import type { WorkOrder } from '../activities/supervise.ts';
import type { Extension } from '../schemas/extension.ts';
import type { TrainingOutcome, TrainingRequest } from '../schemas/training.ts';
import { describeExtension, extendedOrder, totalEpochs, withEpochs } from './extended-order.ts';
import type { HeavyWork } from './heavy-work.ts';

/** Trainings after the search: their total of epochs may grow while they are under way, or before. */
export class ExtensibleTrainings {
  readonly #underWay = new Map<string, WorkOrder<'train'>>();
  #latest: TrainingRequest | undefined;
  #total: number | null = null;
  #isOver = false;

  /** Whether there is none left that could be extended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether a larger total was asked for. */
  get isExtended(): boolean {
    return this.#total !== null;
  }

  /**
   * The present total, by the latest training or by what was asked for; `planned` before there is
   * either. Null where nothing is trained by epochs.
   */
  epochs(planned: number | null): number | null {
    const [underWay] = this.#underWay.values();
    const request = underWay?.request ?? this.#latest;
    if (request === undefined) return planned && Math.max(this.#total ?? planned, planned);
    const latest = totalEpochs(request);
    return latest && Math.max(latest, this.#total ?? 0);
  }

  /** No training that follows can be extended. */
  close(): void {
    this.#isOver = true;
  }

  /** Sets the total, and tells what this does to those under way; they take it up when they begin again. */
  extend(total: number): Extension['trainings'] {
    this.#total = total;
    return [...this.#underWay.values()].map((order) => {
      this.#underWay.set(order.label, extendedOrder(order, total));
      return describeExtension(order, total);
    });
  }

  /** Trains to the total that holds in the end. */
  async run(
    heavy: HeavyWork,
    summary: string,
    order: WorkOrder<'train'>,
  ): Promise<TrainingOutcome> {
    const { label } = order;
    const current = () => this.#underWay.get(label) ?? order;
    const request = withEpochs(order.request, this.#total ?? 0);
    this.#underWay.set(label, { ...order, request });
    try {
      for (;;) {
        let begun = current();
        const outcome = await heavy.run('trainModel', summary, begun, () => (begun = current()));
        // It may have been done before the word to stop for an extension reached it.
        if (begun === current()) return outcome;
      }
    } finally {
      this.#latest = current().request;
      this.#underWay.delete(label);
    }
  }
}
