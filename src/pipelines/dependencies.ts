import type { Step } from '../schemas/pipeline.ts';
import { expressionsOf } from './condition.ts';
import { stepsIn } from './references.ts';

/** The steps that a step waits for: those whose outputs it takes, and those it is told to come after. */
export const dependenciesOf = (step: Step): string[] => [
  ...new Set([
    ...step.after,
    ...stepsIn(step.with),
    ...stepsIn(step.each?.in),
    ...stepsIn(expressionsOf(step.when)),
    ...stepsIn(expressionsOf(step.repeat?.until)),
  ]),
];
