import type { Pipeline } from '../schemas/pipeline.ts';
import type { Values } from './graph-state.ts';

/** What a graph's inputs are where they are not given. */
export const inputDefaults = ({ inputs }: Pick<Pipeline, 'inputs'>): Values =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) =>
      'default' in input ? [[name, input.default] as const] : [],
    ),
  );
