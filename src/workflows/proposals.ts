import type { Candidate } from '../schemas/hyperparameters.ts';

/** The candidates of a study's trials, which are asked for in blocks. */
export class Proposals {
  readonly #ask: (first: number, count: number) => Promise<Candidate[]>;
  /** The block that a trial is in, and its place there. */
  readonly #places = new Map<number, { block: Promise<Candidate[]>; place: number }>();

  /** @param ask gives candidates for `count` trials from `first` on; fewer where nothing is left */
  constructor(ask: (first: number, count: number) => Promise<Candidate[]>) {
    this.#ask = ask;
  }

  /**
   * The candidate of a trial; undefined where nothing is left to try.
   * @param count trials to ask for at once, where this one is in no block yet
   */
  async of(number: number, count: number): Promise<Candidate | undefined> {
    if (!this.#places.has(number)) {
      const block = this.#ask(number, count);
      // Nobody may come for some of them: a promise made for each would fail unheard on cancellation.
      for (let place = 0; place < count; place++)
        this.#places.set(number + place, { block, place });
    }
    const found = this.#places.get(number);
    return found && (await found.block)[found.place];
  }
}
