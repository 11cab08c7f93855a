import type { DataType, GraphNode } from './graph.ts';
import type { Recording } from './record.ts';

/** Op of a node that stands for a computation of its own, until the graph of the training is made. */
export const COMPOUND = 'Compound';

/** A loop over the first dimension of sequences, whose cell was recorded once. */
export interface Loop {
  readonly kind: 'loop';
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

/** What is done for each part of a batch's rows beside the others, recorded once. */
export interface Parts {
  readonly kind: 'parts';
  /**
   * Its parameters are a part's rows, and what is the same for all parts; its results what is summed
   * over the parts, and what is told of each row.
   */
  readonly cell: Recording;
  readonly parts: number;
  /** How many of the parameters are rows. */
  readonly rows: number;
  /** Types of what is summed. */
  readonly sums: readonly DataType[];
  /** Types of what is told of each row. */
  readonly outputs: readonly DataType[];
}

export type Compound = Loop | Parts;

/** What a node stands for whose op is COMPOUND. */
export function compoundOf({ name, attributes }: GraphNode): Compound {
  const compound = attributes['compound'];
  if (compound?.kind !== 'compound') throw new TypeError(`${name} stands for itself alone.`);
  return compound.value;
}
