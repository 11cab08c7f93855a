import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { DataType } from './graph.ts';
import { activeRecorder, record } from './record.ts';

export interface PartResult {
  /** What is summed over the parts. */
  readonly sums: readonly Tensor[];
  /** [rows of the part, …] each. */
  readonly rows: readonly Tensor[];
}

/** Work on a batch that is done for parts of its rows beside each other. */
export interface PartedWork {
  /** How many; sums round by their number. */
  readonly parts: number;
  /** [batch, …] each, one or more, of no fewer rows than there are parts. */
  readonly rows: readonly Tensor[];
  /** The same for all parts. The cell may read nothing else that depends on the training. */
  readonly whole: readonly Tensor[];
  /** @param rows of one part */
  cell(rows: readonly Tensor[], whole: readonly Tensor[]): PartResult;
}

/**
 * Does work for parts of a batch, of rows as many as can be alike, in their order; adds up the sums and joins the rows. Op
 * by op the parts are done one after another. In a recording their cell is there once, and the graph
 * has one for each part, which threads do side by side.
 */
export function inParts(tf: TensorFlow, given: PartedWork): PartResult {
  const { parts, rows, whole, cell } = given;
  if (parts === 1) return cell(rows, whole);
  const recorder = activeRecorder();
  if (recorder === undefined) return doParts(tf, given);
  return recorder.aside(() => {
    const result = doParts(tf, given);
    // Of all rows: with those of a part, small numbers of rows could not be told from other sizes.
    const inputs = [...rows, ...whole];
    const body = () => {
      const { sums, rows: told } = cell(rows, whole);
      return [...sums, ...told];
    };
    const { recording, results } = record(tf, inputs, body, recorder);
    tf.dispose([...results]);
    const typesOf = (tensors: readonly Tensor[]) => tensors.map(({ dtype }) => dtype as DataType);
    const [sums, outputs] = [typesOf(result.sums), typesOf(result.rows)];
    const compound = { kind: 'parts', cell: recording, parts, rows: rows.length } as const;
    recorder.addCompound({ ...compound, sums, outputs }, inputs, [...result.sums, ...result.rows]);
    return result;
  });
}

function doParts(tf: TensorFlow, { parts, rows, whole, cell }: PartedWork): PartResult {
  const batch = rows[0]?.shape[0] ?? 0;
  const start = (part: number) => Math.floor((batch * part) / parts);
  const sizes = Array.from({ length: parts }, (_, part) => start(part + 1) - start(part));
  const cut = rows.map((all) => tf.split(all, sizes));
  const results = sizes.map((_, part) =>
    cell(
      cut.map((pieces) => pieces[part] as Tensor),
      whole,
    ),
  );
  const [first] = results as [PartResult];
  return {
    sums: first.sums.map((_, i) =>
      results.map(({ sums }) => sums[i] as Tensor).reduce((a, b) => tf.add(a, b)),
    ),
    rows: first.rows.map((_, i) => tf.concat(results.map(({ rows: told }) => told[i] as Tensor))),
  };
}
