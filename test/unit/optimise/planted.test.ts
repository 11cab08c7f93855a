import { expect, test } from 'vitest';
import { prescribe } from '../../../src/ml/optimise/prescribe.ts';
import type { Candidate } from '../../../src/schemas/hyperparameters.ts';
import { relativeGain } from '../../../src/workflows/score.ts';
import { outcomeOf } from '../../support/outcomes.ts';
import { trainCandidate } from '../../support/train-candidate.ts';
import { type PlantedCase, plantedCases } from './planted-cases.ts';

/** Trains on planted rows, scored on 300 others. */
async function trainPlanted({ problem, rows, count, seed }: PlantedCase, candidate: Candidate) {
  const [data, validation] = [rows(count, seed), rows(300, 100 + seed)];
  const trained = await trainCandidate({ problem, data, validation, candidate, seed });
  const { curve, weights: _weights, ...result } = trained;
  return { outcome: outcomeOf(candidate, result), curve };
}

test.each(plantedCases)(
  '$name: $diagnosis, and each treatment improves validation',
  async (planted) => {
    const { problem, candidate, diagnosis, actions, skipped = 0 } = planted;
    const before = await trainPlanted(planted, candidate);
    const tried = [candidate];
    const next = () => prescribe({ problem, candidate, ...before, referenceScore: null, tried });
    for (let count = 0; count < skipped; count++) tried.push(next().candidate as Candidate);
    for (const action of actions) {
      const prescription = next();
      expect(prescription).toMatchObject({ diagnosis, action });
      const treated = prescription.candidate as Candidate;
      const after = await trainPlanted(planted, treated);
      const { validationScore: scoreBefore } = before.outcome;
      const gain = relativeGain(problem, scoreBefore, after.outcome.validationScore);
      expect(
        gain,
        `${action}: from ${scoreBefore} to ${after.outcome.validationScore}`,
      ).toBeGreaterThan(0.01);
      tried.push(treated);
    }
  },
);
