import { z } from 'zod';
import { EstimatorName, Hyperparameters } from './hyperparameters.ts';
import { FormatName } from './model-export.ts';
import { MetricName, Task } from './problem.ts';
import { SqlSource } from './sql-source.ts';
import { Arithmetic, OtherFingerprint } from './training.ts';
import { TextGrams } from './transform.ts';

export const ColumnType = z.enum([
  'numeric',
  'boolean',
  'categorical',
  'datetime',
  'identifier',
  'text',
  'image',
]);
export type ColumnType = z.infer<typeof ColumnType>;

/** What a category becomes: a one a level, the mean of the target among its rows, a one a bucket of levels. */
export const CategoryEncoding = z.enum(['one-hot', 'target', 'hash']);
export type CategoryEncoding = z.infer<typeof CategoryEncoding>;

/** A cell's text: files write `positiveClass: 2` where the table holds the text `2`. */
const CellText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const Fraction = z.number().gt(0).lt(1);

/** Which rows train, validate and test. Whatever the kind, decisions rest on the training rows alone. */
export const Split = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('random').describe('Rows drawn by position and seed; no cell is looked at.'),
    test: Fraction.default(0.2),
    validation: Fraction.default(0.2).describe('Share of the training rows held out to choose by.'),
  }),
  z.strictObject({
    kind: z
      .literal('stratified')
      .describe('As random, with equal shares of each class in each part.'),
    test: Fraction.default(0.2),
    validation: Fraction.default(0.2),
  }),
  z.strictObject({
    kind: z
      .literal('time')
      .describe('The latest rows by this column test, those before them validate.'),
    column: z.string(),
    test: Fraction.default(0.2),
    validation: Fraction.default(0.2),
  }),
  z.strictObject({
    kind: z.literal('group').describe('Rows that share a value of this column stay in one part.'),
    column: z.string(),
    test: Fraction.default(0.2),
    validation: Fraction.default(0.2),
  }),
  z.strictObject({
    kind: z.literal('file').describe('A separate file holds the test rows.'),
    test: z.string().describe('Path of the file with the test rows.'),
    validation: Fraction.default(0.2),
  }),
  z.strictObject({
    kind: z.literal('column').describe('A column says train, validation or test for each row.'),
    column: z.string(),
    validation: Fraction.default(0.2).describe('Used when no row says validation.'),
  }),
]);
export type Split = z.infer<typeof Split>;

/** How much search and training may cost. Counts repeat identically; seconds are recorded as counts. */
export const Budget = z.strictObject({
  trials: z.int().positive().max(10_000).optional().describe('Hyperparameter trials.'),
  seconds: z.number().positive().optional().describe('Wall-clock seconds for the whole run.'),
  epochs: z.int().positive().optional().describe('Most epochs of one training.'),
});
export type Budget = z.infer<typeof Budget>;

/** A lifecycle job: `data` and `target` are a whole one; all else has a default. */
export const Job = z.strictObject({
  schemaVersion: z.literal(1).default(1),
  data: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1), SqlSource])
    .describe(
      'Path of the training data: CSV, TSV, JSON lines, each also as .gz; Parquet; or a folder with a sub-folder of images a class. A pattern with *, ** and ?, or a list, names several files with the same columns; { sql, postgres } or { sql, sqlite } the rows of a query.',
    ),
  target: z.string().min(1).describe('Name of the column to predict.'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .optional()
    .describe('Name of the model; default: made of the data file and the target.'),
  task: Task.optional().describe('Default: inferred from the target.'),
  metric: MetricName.optional().describe(
    'What to choose by; default: rmse, roc_auc (binary) or accuracy (multiclass).',
  ),
  positiveClass: CellText.optional().describe('Binary only; default: the rarer class.'),
  split: Split.default({ kind: 'random', test: 0.2, validation: 0.2 }),
  format: z
    .strictObject({
      kind: z.enum(['csv', 'jsonl', 'parquet']).optional().describe('Default: by content.'),
      encoding: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Of text, such as windows-1252 or shift_jis; default: by byte order mark, UTF-16, UTF-8, else Windows-1252 with a warning.',
        ),
      separator: z.string().min(1).max(4).optional().describe('Default: found in the first lines.'),
      quote: z.string().max(1).default('"').describe("'' where quotes are letters like others."),
      header: z.boolean().default(true),
      ragged: z
        .enum(['refuse', 'pad'])
        .default('refuse')
        .describe('pad: fields that are missing at the end of a row are empty.'),
      decimal: z
        .enum(['.', ','])
        .optional()
        .describe('Decimal sign of numbers in text; default: found column by column.'),
    })
    .prefault({}),
  columns: z
    .strictObject({
      drop: z.array(z.string()).default([]),
      types: z.record(z.string(), ColumnType).default({}).describe('Types forced on columns.'),
      missing: z.array(CellText).default([]).describe('Further tokens that mean "missing".'),
      encodings: z
        .record(z.string(), CategoryEncoding)
        .default({})
        .describe(
          'Encodings of single categorical columns; default: preprocess.categories.encoding.',
        ),
    })
    .prefault({}),
  preprocess: z
    .strictObject({
      normalise: z.enum(['standard', 'minmax', 'robust', 'none']).default('standard'),
      skewed: z
        .enum(['log', 'keep'])
        .default('keep')
        .describe(
          'log: sign(x)·ln(1 + |x|) of long-tailed numbers, where that makes them much less skewed; trees do not mind, and on the tables that it was measured on others did not gain.',
        ),
      impute: z.enum(['median', 'mean', 'zero']).default('median'),
      dates: z
        .enum(['cyclic', 'parts'])
        .default('cyclic')
        .describe(
          'cyclic: sine and cosine of month, weekday, time of day and day of the year, beside year, day of the month and days since 1970, so that December stands beside January; parts: each as the number that people count.',
        ),
      dropDuplicates: z.boolean().default(true),
      maxCategories: z.int().min(2).max(1000).default(50).describe('Rarer ones become "other".'),
      categories: z
        .strictObject({
          encoding: z
            .enum(['auto', ...CategoryEncoding.options])
            .default('auto')
            .describe(
              'one-hot: an input a level; target: the mean of the target among the rows of a level, from other folds than the row\'s own; hash: levels share some inputs. auto: one-hot up to maxCategories levels, target beyond, where "other" would hide most of them.',
            ),
          smoothing: z
            .number()
            .nonnegative()
            .default(10)
            .describe(
              'target: a level is drawn to the mean of all as if so many more rows had it, so that rare ones say little.',
            ),
          buckets: z
            .int()
            .min(2)
            .max(1000)
            .default(32)
            .describe('hash: inputs that levels share; more mean fewer collisions.'),
        })
        .prefault({}),
      outliers: z
        .enum(['keep', 'clip'])
        .default('keep')
        .describe(
          'clip: numbers beyond three quartile ranges from the quartiles of the training rows are taken as that bound; trees do not mind outliers, and they may be what matters.',
        ),
      targetScale: z
        .enum(['auto', 'standard', 'log', 'none'])
        .default('auto')
        .describe(
          'How models see a number to predict; predictions are in its own units. log: ln(1 + y). auto: log for long-tailed targets above −1 where the metric is mae, which medians serve; else standard, since squared errors ask for means.',
        ),
      text: z
        .strictObject({
          terms: z
            .int()
            .min(10)
            .max(20_000)
            .default(1_000)
            .describe(
              'Most frequent terms of a column of free text that are inputs; one for four training rows at most, since few rows can not tell many words apart.',
            ),
          grams: TextGrams.default('words').describe(
            'words: words and pairs of words; characters: parts of words, for misspelt texts; both.',
          ),
        })
        .prefault({}),
      images: z
        .strictObject({
          longestSide: z
            .int()
            .min(4)
            .max(512)
            .default(64)
            .describe('Larger images are made smaller, in pixels.'),
          colour: z
            .enum(['auto', 'grey', 'colour'])
            .default('auto')
            .describe('auto: grey where no training image has colours.'),
        })
        .prefault({}),
    })
    .prefault({}),
  estimators: z.array(EstimatorName).min(1).optional().describe('Default: all that suit the task.'),
  hyperparameters: z
    .partialRecord(EstimatorName, Hyperparameters)
    .default({})
    .describe('Fixed by estimator; the search leaves these alone.'),
  budget: Budget.prefault({}),
  optimise: z
    .strictObject({
      rounds: z.int().min(0).max(20).default(2),
      target: z.number().optional().describe('Validation score that is good enough.'),
      tolerance: z
        .number()
        .nonnegative()
        .default(0.002)
        .describe('Least relative gain that counts.'),
    })
    .prefault({}),
  refit: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe('Whether the winner is trained again on training plus validation rows.'),
  arithmetic: Arithmetic.default('exact').describe(
    'exact: the same bits op by op and as a graph; fast: fused ops, which round otherwise.',
  ),
  resources: z
    .strictObject({
      gpu: z.enum(['none', 'preferred', 'required']).default('none'),
      gpuModel: z.string().optional(),
      waitSeconds: z
        .number()
        .nonnegative()
        .default(600)
        .describe('How long a job that requires a GPU waits for a worker that has one.'),
      memoryGiB: z
        .number()
        .positive()
        .optional()
        .describe('Memory of one training; a worker runs no more at once than fit its own.'),
    })
    .prefault({}),
  checkpoints: z
    .strictObject({
      everySeconds: z.number().positive().default(10).describe('What a kill may cost.'),
      otherFingerprint: OtherFingerprint.default('refuse').describe(
        'Where a training is to go on with other arithmetic (CPU, threads, oneDNN) than it began.',
      ),
    })
    .prefault({}),
  deployment: z
    .strictObject({
      alias: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,30}$/)
        .default('champion'),
      register: z.boolean().default(true),
      formats: z
        .array(FormatName)
        .default(['saved-model', 'onnx'])
        .describe('Written beside the model, and tried out before it is promoted.'),
    })
    .prefault({}),
  seed: z.int().min(0).max(0xffff_ffff).default(0),
});
export type Job = z.infer<typeof Job>;
/** Paths and patterns of the training data; none where a query gives it. */
export const dataPaths = ({ data }: { data: JobInput['data'] }): string[] =>
  typeof data === 'string' ? [data] : Array.isArray(data) ? data : [];
/** A job as users write it, before defaults. */
export type JobInput = z.input<typeof Job>;
