import type { ExportedTensor, FormatName } from '../schemas/model-export.ts';
import type { PortableModel } from './portable-model.ts';
import type { TypedColumns } from './typed-columns.ts';

/** A file of an exported model. */
export interface FormatFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** What it is for, for people. */
  readonly purpose: string;
}

/** Rows to ask an exported model about, in both of the shapes that formats take. */
export interface ExportBatch {
  readonly rows: number;
  readonly columns: TypedColumns;
  /** [rows, features] */
  readonly features: Float32Array;
}

/** An exported model that was loaded from its files. */
export interface ExportRunner {
  /** What runs it, with its version. */
  readonly runtime: string;
  /** [rows, 1] values in original units, or [rows, classes] probabilities. */
  run(batch: ExportBatch): Promise<ArrayLike<number>>;
  dispose(): Promise<void>;
}

/** A model format of another framework. */
export interface ModelFormat<M extends PortableModel = PortableModel> {
  readonly name: FormatName;
  /** For people: 'TensorFlow SavedModel'. */
  readonly title: string;
  readonly formatVersion: string;
  readonly holds: readonly M['kind'][];
  /** Raw columns through the transform in the graph, or features that the transform has made. */
  readonly takes: 'columns' | 'features';
  /** Only for those that take columns. */
  inputsOf?(model: M): ExportedTensor[];
  /** Why a model of what it holds can't be written in it all the same; left out where each can. */
  refusal?(model: M): string | null;
  /** Why what is written can't be run on this machine, if it can't. */
  untestable?(): Promise<string | null>;
  write(model: M): Promise<FormatFile[]>;
  /** Loads what was written from a folder; nothing else is known of the model. */
  open(folder: string): Promise<ExportRunner>;
}
