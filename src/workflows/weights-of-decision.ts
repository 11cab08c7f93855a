import type { Deciding } from '../schemas/deciding.ts';

/** The weights of classes that a model decides by; undefined where it is for the likeliest. */
export const weightsOf = (decision: Deciding | null): readonly number[] | undefined =>
  decision?.kept === true ? decision.weights : undefined;
