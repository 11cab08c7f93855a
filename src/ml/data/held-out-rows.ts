import type { OutOfFold } from '../../schemas/preparation-state.ts';
import type { FittedTransform, HeldOut, TargetOperation } from './fitted-transform.ts';
import { foldOf } from './level-targets.ts';

/** For rows that were fitted on, what the rows of other folds than theirs say. */
export class HeldOutRows {
  readonly #byOperation: ReadonlyMap<TargetOperation, OutOfFold>;
  readonly #foldOf: (row: number) => number;

  constructor({ document }: FittedTransform, outOfFold: readonly OutOfFold[], seed: number) {
    const operations = document.operations.filter((operation) => operation.kind === 'target');
    this.#byOperation = new Map(
      operations.map((operation, index) => [operation, outOfFold[index] as OutOfFold]),
    );
    this.#foldOf = foldOf(seed);
  }

  /** @param rows numbers of the rows that are encoded, in order */
  of(rows: readonly number[]): HeldOut | undefined {
    if (this.#byOperation.size === 0) return undefined;
    const folds = rows.map(this.#foldOf);
    return {
      means: (operation, row) =>
        (this.#byOperation.get(operation) as OutOfFold)[folds[row] as number] as OutOfFold[number],
    };
  }
}
