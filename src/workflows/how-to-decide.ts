import type { Optimisation } from '../schemas/lifecycle-steps.ts';

/** What is done with a model's probabilities, as far as it was worth it: for what evaluates and packages it. */
export const howToDecide = ({
  calibration,
  decision,
}: Pick<Optimisation, 'calibration' | 'decision'>) => ({
  // Steps of before there was a calibration have none.
  ...(calibration?.kept === true && { calibration: calibration.map }),
  ...(decision?.kept === true && { decision: decision.weights }),
});
