import type { Pipeline, Step } from '../schemas/pipeline.ts';
import { expressionsOf } from './condition.ts';
import { dependenciesOf } from './dependencies.ts';
import { placesOf, referencesIn } from './references.ts';

/** A wire between two steps, or an order without one. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'data' | 'order';
  /** Names of the outputs that flow. */
  readonly label: string;
}

export const nodesOf = ({ steps, finally: last }: Pipeline): { step: Step; isLast: boolean }[] => [
  ...steps.map((step) => ({ step, isLast: false })),
  ...last.map((step) => ({ step, isLast: true })),
];

export const edgesOf = (pipeline: Pipeline): Edge[] =>
  nodesOf(pipeline).flatMap(({ step }) =>
    dependenciesOf(step).map((from): Edge => {
      const wires = [step.with, step.each?.in, expressionsOf(step.when)];
      const outputs = [...referencesIn(wires)]
        .flatMap(({ reference }) => placesOf(reference))
        .map((place) => place.split('.'))
        .flatMap(([root, id, output]) =>
          root === 'steps' && id === from && output !== undefined ? [output] : [],
        );
      const label = [...new Set(outputs)].sort().join(', ');
      return { from, to: step.id, kind: label === '' ? 'order' : 'data', label };
    }),
  );

/** Name and kind of a step, and what makes it more than one that is done once. */
export function labelOf({ id, uses, each, repeat, when }: Step): string[] {
  const kind = uses.split('#').at(-1) ?? uses;
  const more = [
    ...(each === undefined ? [] : ['for each item']),
    ...(repeat === undefined ? [] : [`at most ${repeat.atMost} times`]),
    ...(when === undefined ? [] : ['on a condition']),
  ];
  return [id, [kind, ...more].join(', ')];
}
