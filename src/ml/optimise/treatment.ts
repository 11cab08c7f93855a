import type { Hyperparameters } from '../../schemas/hyperparameters.ts';

/** One thing to change, in words and in hyperparameters. */
export interface Treatment {
  readonly action: string;
  readonly hyperparameters: Hyperparameters;
}

/** A figure as people read it. */
export const show = (value: number): string => String(Number(value.toPrecision(3)));
