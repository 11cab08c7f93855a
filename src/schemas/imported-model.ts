import { z } from 'zod';
import { ArtifactRef } from './artifact.ts';
import { ImageSize } from './image.ts';
import { Job } from './job.ts';
import { commonPackageFields } from './model-package.ts';
import { TargetScale } from './prepared-data.ts';
import { MetricName, Task } from './problem.ts';
import { DatePart } from './transform.ts';

/** Formats that a model may come in. */
export const ImportFormat = z.enum(['onnx', 'saved-model', 'keras', 'keras-h5']);
export type ImportFormat = z.infer<typeof ImportFormat>;

/** Standardisation, (value − shift) / scale, and what stands for a missing value. */
const Scaling = {
  impute: z
    .number()
    .nullable()
    .default(null)
    .describe('In place of a missing value, in its own units; null: the model is given NaN.'),
  shift: z.number().default(0),
  scale: z.number().positive().default(1),
};
const Levels = z.array(z.string()).min(1);

/** What a model is given of one raw column. */
export const ColumnEncoding = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('number'), column: z.string(), ...Scaling }),
  z.strictObject({ as: z.literal('boolean'), column: z.string(), ...Scaling }),
  z.strictObject({ as: z.literal('date'), column: z.string(), part: DatePart, ...Scaling }),
  z.strictObject({
    as: z.literal('one-hot').describe('A 1 among zeros, in the order of the levels.'),
    column: z.string(),
    levels: Levels,
    other: z.boolean().default(false).describe('A place after the levels for all other values.'),
    missing: z.boolean().default(false).describe('A place after these for a missing value.'),
  }),
  z.strictObject({
    as: z.literal('index').describe('The number of the level, as embeddings take it.'),
    column: z.string(),
    levels: Levels,
    first: z.int().nonnegative().default(0).describe('Number of the first level.'),
    unseen: z.int().nonnegative().describe('Number of other and missing values.'),
  }),
  z.strictObject({
    as: z.literal('text'),
    column: z.string(),
    missing: z.string().default('').describe('Text in place of a missing value.'),
  }),
  z.strictObject({
    as: z.literal('image').describe('Pixels 0 … 255, as (value − shift) / scale.'),
    column: z.string(),
    ...ImageSize.shape,
    order: z
      .enum(['nhwc', 'nchw'])
      .default('nhwc')
      .describe('nhwc: channels last, as in Keras; nchw: channels first, as in PyTorch.'),
    shift: z.number().default(0),
    scale: z.number().positive().default(1),
  }),
]);
export type ColumnEncoding = z.infer<typeof ColumnEncoding>;

/** One tensor of the model, [rows, …]: what its columns give, one after another. */
export const TensorInput = z.strictObject({
  tensor: z.string().optional().describe('Name; may be left out where the model has one input.'),
  columns: z
    .array(ColumnEncoding)
    .min(1)
    .describe('A name alone is short for { as: number, column: … }.'),
});
export type TensorInput = z.infer<typeof TensorInput>;

export const OutputMapping = z.strictObject({
  tensor: z
    .string()
    .optional()
    .describe('Name; may be left out where the model has one output of numbers.'),
  holds: z
    .enum(['values', 'probabilities', 'logits'])
    .optional()
    .describe(
      'Default: values for regression, else probabilities. A single output for two classes is that of the last one.',
    ),
  units: TargetScale.prefault({ log: false, shift: 0, scale: 1 }).describe(
    'Regression: the target is value · scale + shift, and of that eˣ − 1 where log is true.',
  ),
});
export type OutputMapping = z.infer<typeof OutputMapping>;

/** How records become inputs of a foreign model, and its outputs predictions. */
export const ModelMapping = z.strictObject({
  schemaVersion: z.literal(1).default(1),
  target: z.string().min(1).describe('Name of the column that is predicted.'),
  task: Task,
  classes: z
    .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default([])
    .describe('Labels, in the order of the outputs; none for regression.'),
  positiveClass: z
    .union([z.string(), z.number(), z.boolean()])
    .transform(String)
    .optional()
    .describe('Binary only; default: the last class.'),
  metric: MetricName.optional().describe(
    'What it is scored by; default: rmse, roc_auc (binary) or accuracy (multiclass).',
  ),
  missing: z
    .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default([])
    .describe('Further tokens that mean "missing".'),
  format: Job.shape.format,
  inputs: z.array(TensorInput).min(1),
  output: OutputMapping.prefault({}),
});
export type ModelMapping = z.infer<typeof ModelMapping>;

/** A model that was trained elsewhere: it predicts, and is never trained on as it is. */
export const ImportedPackage = z.strictObject({
  ...commonPackageFields,
  imported: z.strictObject({
    format: ImportFormat,
    /** Name of the file or folder that it came from. */
    source: z.string(),
    files: z.array(z.strictObject({ path: z.string(), artifact: ArtifactRef })).min(1),
    /** What ran it when it was imported: `onnxruntime-node 1.30.0`, … */
    runtime: z.string(),
    inputs: z.array(TensorInput.extend({ tensor: z.string() })).min(1),
    output: OutputMapping.required({ tensor: true, holds: true }),
  }),
});
export type ImportedPackage = z.infer<typeof ImportedPackage>;
