import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { DataType } from './graph.ts';
import { activeRecorder, type Recording, record } from './record.ts';

export interface CellResult {
  /** The carried values of the next turn, of the same forms. */
  readonly carried: readonly Tensor[];
  /** What is kept of this turn. */
  readonly outputs: readonly Tensor[];
}

/** A loop over the steps of sequences. No tensor may be given twice. */
export interface Scan {
  /** Values before the first turn. */
  readonly carried: readonly Tensor[];
  /** [turns, …] each, one or more. */
  readonly sequences: readonly Tensor[];
  /** The same in all turns. The cell may read nothing else that depends on the training's state. */
  readonly constants: readonly Tensor[];
  /** From the last step to the first: the way back. */
  readonly isReversed?: boolean;
  /** @param steps one step of each sequence, without the first dimension */
  cell(
    carried: readonly Tensor[],
    steps: readonly Tensor[],
    constants: readonly Tensor[],
  ): CellResult;
}

export interface ScanResult {
  /** After the last turn. */
  readonly carried: readonly Tensor[];
  /** [turns, …] each, in the order of the sequences. */
  readonly outputs: readonly Tensor[];
}

/**
 * Has a cell do one step of sequences after another. Op by op it is a loop of TensorFlow.js; in a
 * recording it becomes one loop of the graph, whose cell is there once, whatever the sequences'
 * length.
 */
export function scan(tf: TensorFlow, given: Scan): ScanResult {
  const all = [...given.carried, ...given.sequences, ...given.constants];
  if (new Set(all.map(({ dataId }) => dataId)).size < all.length) {
    throw new TypeError('A loop was given the same tensor twice.');
  }
  const recorder = activeRecorder();
  if (recorder === undefined) return runTurns(tf, given, (cell) => cell());
  return recorder.aside(() => {
    let cell: Recording | undefined;
    const result = runTurns(tf, given, (turn, parameters) => {
      if (cell !== undefined) return turn();
      let kept: CellResult | undefined;
      const recorded = record(
        tf,
        parameters,
        () => {
          kept = turn();
          return [...kept.carried, ...kept.outputs];
        },
        recorder,
      );
      cell = recorded.recording;
      return kept as CellResult;
    });
    const { sequences, isReversed = false } = given;
    const form = { carried: given.carried.length, sequences: sequences.length, isReversed };
    const turns = sequences[0]?.shape[0] ?? 0;
    const outputs = result.outputs.map(({ dtype }) => dtype as DataType);
    const loop = { kind: 'loop', cell: cell as Recording, turns, outputs, ...form } as const;
    recorder.addCompound(loop, all, [...result.carried, ...result.outputs]);
    return result;
  });
}

/** @param each does a turn, whose parameters it is told */
function runTurns(
  tf: TensorFlow,
  { carried: initial, sequences, constants, isReversed = false, cell }: Scan,
  each: (turn: () => CellResult, parameters: readonly Tensor[]) => CellResult,
): ScanResult {
  const parts = sequences.map((sequence) => tf.unstack(sequence));
  const turns = parts[0]?.length ?? 0;
  const outputs: Tensor[][] = [];
  let carried = initial;
  for (let i = 0; i < turns; i++) {
    const place = isReversed ? turns - 1 - i : i;
    const steps = parts.map((of) => of[place] as Tensor);
    const before = carried;
    const result = each(() => cell(before, steps, constants), [...before, ...steps, ...constants]);
    carried = result.carried;
    result.outputs.forEach((output, kind) => {
      outputs[kind] ??= [];
      outputs[kind][place] = output;
    });
  }
  return { carried, outputs: outputs.map((of) => tf.stack(of)) };
}
