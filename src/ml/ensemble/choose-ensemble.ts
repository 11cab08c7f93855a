import { choicesAndTrials } from '../metrics/validated.ts';
import { isBetter, type Library, type Limits, type Merit, meritOf, pickRows } from './library.ts';
import { averageOf, type Counts, selectMembers } from './select-members.ts';

export interface EnsembleChoice {
  readonly counts: Counts;
  /** Of ensembles, and of the best single models, on rows that they were not chosen by. */
  readonly ensemble: Merit;
  readonly single: Merit;
  readonly isBetter: boolean;
}

/**
 * Chooses an ensemble, and says whether it is worth more than the best model alone. What was chosen by
 * rows looks too good on them, the more so the more there was to choose from: so both ways of
 * choosing are done on four fifths of the rows, and compared on the others, five times over.
 */
export function chooseEnsemble(library: Library, limits: Limits, seed: number): EnsembleChoice {
  const rows = library.truth.length;
  const ensemble = new Float64Array(library.outputs[0]?.length ?? 0);
  const single = new Float64Array(ensemble.length);
  const width = ensemble.length / Math.max(1, rows);
  for (const { chosenBy, others } of choicesAndTrials(rows, seed, 'ensemble/parts')) {
    if (chosenBy.length === 0 || others.length === 0) continue;
    const visible = pickRows(library, chosenBy);
    const hidden = pickRows(library, others);
    const put = (into: Float64Array, counts: Counts) => {
      const outputs = averageOf(hidden, counts);
      others.forEach((row, i) => {
        into.set(outputs.subarray(i * width, (i + 1) * width), row * width);
      });
    };
    put(ensemble, selectMembers(visible, limits));
    put(
      single,
      selectMembers(visible, { most: 1, seconds: 0 }).map((count) => Math.min(1, count)),
    );
  }
  const merits = { ensemble: meritOf(library, ensemble), single: meritOf(library, single) };
  return {
    counts: selectMembers(library, limits),
    ...merits,
    // Among equals the simpler one is preferred, whatever the loss says.
    isBetter: isBetter(library.problem, withoutLoss(merits.ensemble), withoutLoss(merits.single)),
  };
}

/** A score that is undefined leaves nothing but the loss to go by. */
const withoutLoss = (merit: Merit): Merit => (merit.score === null ? merit : { ...merit, loss: 0 });
