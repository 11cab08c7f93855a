import type { Values } from './step-runner.ts';
import type { HostValues, Specs } from './training-step.ts';

/** The batch size, from how many values were given for an input whose sizes are known but for it. */
export function batchSizeOf(specs: Specs, steps: number, inputs: Values): number {
  const found = Object.entries(specs).find(([, { shape }]) => shape[0] === -1);
  if (found === undefined) return 1;
  const [name, { shape }] = found;
  return (inputs[name] as HostValues).length / (steps * countOf(shape.slice(1), 1));
}

export const withBatch = (shape: readonly number[], batch: number): number[] =>
  shape.map((size) => (size === -1 ? batch : size));

export const countOf = (shape: readonly number[], batch: number): number =>
  withBatch(shape, batch).reduce((a, b) => a * b, 1);
