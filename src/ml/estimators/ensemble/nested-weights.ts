import type { Weights } from '../../weights.ts';

/** Weights of all members as one: each array is named for its member's place. */
export const nestWeights = (members: readonly Weights[]): Weights =>
  members.flatMap((weights, index) =>
    weights.map((array) => ({ ...array, name: `${index}/${array.name}` })),
  );

/** Each member's own weights, by its place; those that had not been begun are missing. */
export function unnestWeights(weights: Weights): Map<number, Weights> {
  const members = new Map<number, Weights[number][]>();
  for (const array of weights) {
    const end = array.name.indexOf('/');
    const index = Number(array.name.slice(0, end));
    const own = { ...array, name: array.name.slice(end + 1) };
    members.set(index, [...(members.get(index) ?? []), own]);
  }
  return members;
}
