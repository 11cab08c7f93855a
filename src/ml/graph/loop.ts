import type { DataType, GraphNode } from './graph.ts';
import type { Recording } from './record.ts';

/** Op of a node that stands for a whole loop, until the graph of the training is made. */
export const LOOP = 'Loop';

/** A loop over the first dimension of sequences, whose cell was recorded once. */
export interface Loop {
  /**
   * Its parameters are the carried values, one turn's part of each sequence, and what is the same in
   * all turns; its results the next carried values, and what the turn gives.
   */
  readonly cell: Recording;
  readonly turns: number;
  readonly carried: number;
  readonly sequences: number;
  /** From the last turn to the first. */
  readonly isReversed: boolean;
  /** Types of what each turn gives. */
  readonly outputs: readonly DataType[];
}

/** The loop of a node whose op is LOOP. */
export function loopOf({ name, attributes }: GraphNode): Loop {
  const loop = attributes['loop'];
  if (loop?.kind !== 'loop') throw new TypeError(`${name} is no loop.`);
  return loop.value;
}
