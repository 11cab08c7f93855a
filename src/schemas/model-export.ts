import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { Calibration, Task } from './problem.ts';

/** Formats of other frameworks that a model can be written in. */
export const FormatName = z.enum([
  'saved-model',
  'onnx',
  'keras',
  'keras-h5',
  'pytorch',
  'torchscript',
  'tfjs-layers',
  'tfjs-graph',
  'tflite',
  'lightgbm',
]);
export type FormatName = z.infer<typeof FormatName>;

/** Formats that can bring a target back from Yeo and Johnson's power. */
export const POWER_FORMATS: readonly FormatName[] = ['saved-model', 'onnx'];

/** A tensor that an exported model takes or gives; null stands for the number of rows. */
export const ExportedTensor = z.strictObject({
  name: z.string(),
  dtype: z.enum(['float32', 'float64', 'string']),
  shape: z.array(z.int().positive().nullable()),
  description: z.string(),
});
export type ExportedTensor = z.infer<typeof ExportedTensor>;

/** Made-up records that the model was asked about, and what it said. */
export const SelfTest = z.strictObject({
  schemaVersion: z.literal(1),
  records: z.array(z.record(z.string(), z.unknown())).min(1),
  /** The same records as the model's inputs, [rows, features], in the order of `features`; null for NaN. */
  features: z.array(z.array(z.number().nullable())),
  /** [rows, 1] values in original units, or [rows, classes] probabilities. */
  outputs: z.array(z.array(z.number())),
  /** Largest difference, as a share of the largest output, that an export may have. */
  tolerance: z.number().positive(),
});
export type SelfTest = z.infer<typeof SelfTest>;

/** `manifest.json`, which lies beside every exported model. */
export const ExportManifest = z.strictObject({
  schemaVersion: z.literal(1),
  format: FormatName,
  /** Version of the format: opset, schema, … */
  formatVersion: z.string(),
  model: z.string(),
  runId: z.string(),
  weightsHash: Sha256,
  task: Task,
  target: z.string(),
  /** In the order of the probabilities; empty for regression. */
  classes: z.array(z.string()),
  /** Weights of classes: the largest weighted probability is decided for; absent: the likeliest. */
  decision: z.array(z.number()).optional(),
  /**
   * What the model's own probabilities go through before they are told or weighed: the softmax of
   * slope · ln max(p, floor) + offset over the classes; absent: nothing.
   */
  calibration: Calibration.optional(),
  /** Whether the model takes raw columns, or features that `transform.json` makes of them. */
  takes: z.enum(['columns', 'features']),
  inputs: z.array(ExportedTensor),
  outputs: z.array(ExportedTensor),
  features: z.array(z.string()),
  /** What each file is for, by path. */
  files: z.record(z.string(), z.string()),
  selfTest: SelfTest,
});
export type ExportManifest = z.infer<typeof ExportManifest>;

/** How a written model compared with the one it was made from. */
export const ExportVerification = z.strictObject({
  /** What ran it: `onnxruntime-node 1.30.0`, … */
  runtime: z.string(),
  rows: z.int().positive(),
  /** Largest difference as a share of the largest output. */
  relativeError: z.number().nonnegative(),
});
export type ExportVerification = z.infer<typeof ExportVerification>;

/** A model in one format, as files in the store. */
export const ModelExport = z.strictObject({
  format: FormatName,
  files: z.array(z.strictObject({ path: z.string(), artifact: ArtifactRef })).min(1),
  verification: ExportVerification,
});
export type ModelExport = z.infer<typeof ModelExport>;
