import { foldOf, LevelTargets } from './level-targets.ts';
import { Part } from './split.ts';

/** Of rows that tell nothing of how the target comes out by their levels. */
export const NO_FOLD = -1;

/** Training rows among some rows; of those to fit on, what is to be predicted and which fold they are in. */
export interface ChosenRows {
  /** Their numbers, counted over all rows. */
  readonly rows: Uint32Array;
  readonly folds: Int8Array;
  readonly targets: Float64Array;
}

/** What models are to predict of each row, and by how many classes: 0 for numbers. */
export interface RowTargets {
  readonly classes: number;
  readonly seed: number;
  of(row: number): number;
}

/** @param wantsTargets false where no column is left that is looked at by the target */
export type RowChooser = (start: number, count: number, wantsTargets?: boolean) => ChosenRows;

/**
 * Chooses the rows that columns are fitted by.
 * @param parts the part of each row, by `Part`
 */
export function rowChooser(parts: Uint8Array, given?: RowTargets): RowChooser {
  const targets = given !== undefined && LevelTargets.suits(given.classes) ? given : undefined;
  const fold = foldOf(given?.seed ?? 0);
  return (start, count, wantsTargets = true) => {
    const known = wantsTargets ? targets : undefined;
    const rows = new Uint32Array(count);
    const folds = new Int8Array(count).fill(NO_FOLD);
    const values = new Float64Array(count).fill(Number.NaN);
    let chosen = 0;
    for (let row = start; row < start + count; row++) {
      const part = parts[row];
      if (part !== Part.fit && part !== Part.validation) continue;
      rows[chosen] = row;
      if (part === Part.fit && known !== undefined) {
        folds[chosen] = fold(row);
        values[chosen] = known.of(row);
      }
      chosen += 1;
    }
    return {
      rows: rows.slice(0, chosen),
      folds: folds.slice(0, chosen),
      targets: values.slice(0, chosen),
    };
  };
}
