import { z } from 'zod';
import { ArtifactRef } from './artifact.ts';
import { Hyperparameters, SingleEstimatorName } from './hyperparameters.ts';
import { FormatName } from './model-export.ts';
import { MetricName, Task } from './problem.ts';
import { SqlSource } from './sql-source.ts';
import { OtherFingerprint } from './training.ts';
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
const TestShare = Fraction.default(0.2).describe(
  'Share of all rows that is kept for the test: a fifth, so that intervals are narrow and most rows are left to learn from.',
);
const ValidationShare = Fraction.default(0.2).describe(
  'Share of the training rows that is held out to choose by: a fifth, for the same reason.',
);

/** Which rows train, validate and test. Whatever the kind, decisions rest on the training rows alone. */
export const Split = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('random').describe('Rows drawn by position and seed; no cell is looked at.'),
    test: TestShare,
    validation: ValidationShare,
  }),
  z.strictObject({
    kind: z
      .literal('stratified')
      .describe('As random, with equal shares of each class in each part: for rare classes.'),
    test: TestShare,
    validation: ValidationShare,
  }),
  z.strictObject({
    kind: z
      .literal('time')
      .describe('The latest rows by a column test, those before them validate: for forecasts.'),
    column: z.string().describe('Column of dates, times or numbers.'),
    test: TestShare,
    validation: ValidationShare,
  }),
  z.strictObject({
    kind: z
      .literal('group')
      .describe(
        'Rows that share a value of a column stay in one part: several rows of one patient.',
      ),
    column: z.string().describe('Column whose values are the groups; it is no input.'),
    test: TestShare,
    validation: ValidationShare,
  }),
  z.strictObject({
    kind: z.literal('file').describe('A separate file holds the test rows.'),
    test: z.string().describe('Path of the file with the test rows.'),
    validation: ValidationShare,
  }),
  z.strictObject({
    kind: z.literal('column').describe('A column says train, validation or test for each row.'),
    column: z.string().describe('Column that says it; it is no input.'),
    validation: ValidationShare.describe(
      'Share of the training rows that is held out where no row says validation.',
    ),
  }),
]);
export type Split = z.infer<typeof Split>;

/** How much search and training may cost. Counts repeat identically; seconds are recorded as counts. */
export const Budget = z.strictObject({
  trials: z
    .int()
    .positive()
    .max(10_000)
    .optional()
    .describe(
      'Most hyperparameter trials; default: 12, a first good model within minutes, or as many as the seconds allow where these are set.',
    )
    .meta({ examples: [30] }),
  seconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'Wall-clock seconds for the whole run; default: no limit, so that a run repeats bit for bit.',
    )
    .meta({ examples: [600] }),
  epochs: z
    .int()
    .positive()
    .optional()
    .describe("Most epochs of one training; default: the estimator's own.")
    .meta({ examples: [200] }),
});
export type Budget = z.infer<typeof Budget>;

/** What `parseJob` takes for a budget, too. */
export const BudgetInShort = z
  .string()
  .regex(/^\d{1,7}(s|m|h|trials|epochs)(, ?\d{1,7}(s|m|h|trials|epochs))*$/)
  .describe('60s, 5m, 30trials, 20epochs, or several with commas.');

/** A lifecycle job: `data` and `target` are a whole one; all else has a default. */
export const Job = z.strictObject({
  schemaVersion: z
    .literal(1)
    .default(1)
    .describe('Version of this form of a job; there is only one so far.'),
  data: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1), SqlSource])
    .describe(
      'Path of the training data: CSV, TSV, JSON lines, each also as .gz; Parquet; or a folder with a sub-folder of images a class. A pattern with *, ** and ?, or a list, names several files with the same columns; { sql, postgres } or { sql, sqlite } the rows of a query.',
    )
    .meta({ examples: ['customers.csv'] }),
  target: z
    .string()
    .min(1)
    .describe('Name of the column to predict.')
    .meta({ examples: ['churned'] }),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .optional()
    .describe('Name of the model; default: made of the data file and the target.')
    .meta({ examples: ['churn'] }),
  task: Task.optional()
    .describe(
      'Default: inferred from the target. Numbers are a regression, unless they are at most ten whole ones; two classes are binary.',
    )
    .meta({ examples: ['binary'] }),
  metric: MetricName.optional()
    .describe(
      'What to choose by; default: rmse, roc_auc (binary, since no threshold has to be chosen for it) or accuracy (multiclass).',
    )
    .meta({ examples: ['pr_auc'] }),
  positiveClass: CellText.optional()
    .describe(
      'Binary only: the class that precision, recall and F1 speak of; default: the rarer one, which is the one that is looked for.',
    )
    .meta({ examples: ['yes'] }),
  split: Split.default({ kind: 'random', test: 0.2, validation: 0.2 }).describe(
    'Which rows train, validate and test; decisions rest on the training rows alone. Default: random, which is right where rows do not depend on each other.',
  ),
  validation: z
    .enum(['auto', 'single', 'folds'])
    .default('auto')
    .describe(
      'single: candidates are compared on the validation part alone; folds: by cross-validation, in as many folds as the part is of the training rows (5 by default), by the same kind of split; auto, the default: in folds where the part has fewer than 1,000 rows, on which chance moves scores by more than candidates differ.',
    ),
  format: z
    .strictObject({
      kind: z
        .enum(['csv', 'jsonl', 'parquet'])
        .optional()
        .describe('Default: by content, since names mislead.')
        .meta({ examples: ['csv'] }),
      encoding: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Of text, such as windows-1252 or shift_jis; default: by byte order mark, UTF-16, UTF-8, else Windows-1252 with a warning.',
        )
        .meta({ examples: ['utf-8'] }),
      separator: z
        .string()
        .min(1)
        .max(4)
        .optional()
        .describe('Default: the one that gives the first lines the most fields.')
        .meta({ examples: [';'] }),
      quote: z
        .string()
        .max(1)
        .default('"')
        .describe(
          "'' where quotes are letters like others; default: as nearly all programs write.",
        ),
      header: z
        .boolean()
        .default(true)
        .describe(
          'Whether the first row holds names, as nearly all files have it; else columns are column1, column2, …',
        ),
      ragged: z
        .enum(['refuse', 'pad'])
        .default('refuse')
        .describe(
          'pad: fields that are missing at the end of a row are empty. Refused by default: mostly a separator is wrong.',
        ),
      decimal: z
        .enum(['.', ','])
        .optional()
        .describe('Decimal sign of numbers in text; default: found column by column.')
        .meta({ examples: [','] }),
    })
    .describe('How files are written. All of it is found out; what is set is not looked for.')
    .prefault({}),
  columns: z
    .strictObject({
      drop: z
        .array(z.string())
        .default([])
        .describe('Columns that are no inputs; identifiers and constant ones are left out anyway.')
        .meta({ examples: [['customer_id']] }),
      types: z
        .record(z.string(), ColumnType)
        .default({})
        .describe('Types forced on columns; the others are inferred from the training rows.')
        .meta({ examples: [{ postcode: 'categorical' }] }),
      missing: z
        .array(CellText)
        .default([])
        .describe(
          'Further tokens that mean "missing", beside empty cells, NA, null and their like, since codes of one table are values of another.',
        )
        .meta({ examples: [['-999']] }),
      encodings: z
        .record(z.string(), CategoryEncoding)
        .default({})
        .describe(
          'Encodings of single categorical columns; the others have preprocess.categories.encoding, which goes by their number of levels.',
        )
        .meta({ examples: [{ city: 'target' }] }),
    })
    .describe('What is known of columns that the data do not say.')
    .prefault({}),
  preprocess: z
    .strictObject({
      normalise: z
        .enum(['standard', 'minmax', 'robust', 'none'])
        .default('standard')
        .describe(
          'standard: (x − μ)/σ, what networks and penalised models learn best from; minmax: to 0 … 1; robust: by median and quartiles, for outliers.',
        ),
      skewed: z
        .enum(['log', 'power', 'keep'])
        .default('keep')
        .describe(
          'log: sign(x)·ln(1 + |x|) of long-tailed numbers, where that makes them much less skewed; power: the power of Yeo and Johnson that makes them most normal (its λ by maximum likelihood), which serves tails to either side; trees do not mind, and on the tables that it was measured on others did not gain.',
        )
        .meta({ examples: ['power'] }),
      impute: z
        .enum(['median', 'mean', 'zero'])
        .default('median')
        .describe('What a missing number becomes: the median, since outliers do not move it.'),
      dates: z
        .enum(['cyclic', 'parts'])
        .default('cyclic')
        .describe(
          'cyclic: sine and cosine of month, weekday, time of day and day of the year, beside year, day of the month and days since 1970, so that December stands beside January; parts: each as the number that people count.',
        ),
      dropDuplicates: z
        .boolean()
        .default(true)
        .describe('Equal training rows are taken once: a copy would count twice.'),
      maxCategories: z
        .int()
        .min(2)
        .max(1000)
        .default(50)
        .describe(
          'Levels of a column up to which it is one-hot encoded; with one-hot encoding of more, rarer ones become "other", for there is little to learn of each.',
        ),
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
            .describe(
              'hash: inputs that levels share; more mean fewer collisions, and 32 are as many as most models bear for one column.',
            ),
        })
        .describe('How columns of categories become numbers.')
        .prefault({}),
      outliers: z
        .enum(['keep', 'clip'])
        .default('keep')
        .describe(
          'clip: numbers beyond three quartile ranges from the quartiles of the training rows are taken as that bound; trees do not mind outliers, and they may be what matters.',
        ),
      targetScale: z
        .enum(['auto', 'standard', 'log', 'power', 'none'])
        .default('auto')
        .describe(
          'How models see a number to predict; predictions are in its own units. log: ln(1 + y); power: that of Yeo and Johnson, λ by maximum likelihood, for negative targets too. auto: for long-tailed targets where the metric is mae, which medians serve, log, or power where log does not serve; else standard, so that learning rates and penalties mean the same for every target.',
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
            'words: words and pairs of words, which say what a text is about; characters: parts of words, for misspelt texts; both.',
          ),
        })
        .describe('Columns of free text.')
        .prefault({}),
      images: z
        .strictObject({
          longestSide: z
            .int()
            .min(4)
            .max(512)
            .default(64)
            .describe(
              'Larger images are made smaller, in pixels: 64, since the work grows with the square.',
            ),
          colour: z
            .enum(['auto', 'grey', 'colour'])
            .default('auto')
            .describe('auto: grey where no training image has colours, a third of the inputs.'),
        })
        .describe('Images, in a folder or named by a column.')
        .prefault({}),
    })
    .describe('How columns become inputs; fitted on the training rows, and part of the model.')
    .prefault({}),
  estimators: z
    .array(SingleEstimatorName)
    .min(1)
    .optional()
    .describe('What is screened; default: all that suit the task and the data.')
    .meta({ examples: [['logistic', 'gradientBoosting', 'mlp']] }),
  hyperparameters: z
    .partialRecord(SingleEstimatorName, Hyperparameters)
    .default({})
    .describe('Fixed by estimator; the search leaves these alone, and chooses the others.')
    .meta({ examples: [{ mlp: { hiddenLayers: [128, 64] } }] }),
  startFrom: z
    .union([
      z.string().min(1),
      // As a run resolves it.
      z.strictObject({ model: z.string(), version: z.int().positive(), package: ArtifactRef }),
    ])
    .optional()
    .describe(
      'An imported Keras model, such as churn or churn@3: an MLP of its layers begins with its weights; default: none, weights are drawn.',
    )
    .meta({ examples: ['churn@3'] }),
  budget: Budget.prefault({}).describe(
    'What search and training may cost at most; also in short, such as 60s, 5m, 30trials or 20epochs. By counts a run repeats bit for bit; by seconds it is recorded what they came to.',
  ),
  optimise: z
    .strictObject({
      rounds: z
        .int()
        .min(0)
        .max(20)
        .default(2)
        .describe(
          'Most rounds of diagnosis, mending and training again: two, since each costs a training; they end before where one gains too little.',
        ),
      target: z
        .number()
        .optional()
        .describe(
          'Validation score that is good enough; default: none, rounds go on while they help.',
        )
        .meta({ examples: [0.95] }),
      tolerance: z
        .number()
        .nonnegative()
        .default(0.002)
        .describe(
          'Least relative gain of a round that another one follows: less is mostly chance.',
        ),
      ensemble: z
        .int()
        .min(0)
        .max(32)
        .default(8)
        .describe(
          'Most models that are averaged, chosen among all that were tried; 0 or 1: the best one alone. Default 8: the first few bring nearly all of the gain, and each costs as much again to train, to serve and to explain.',
        ),
      decision: z
        .enum(['auto', 'likeliest'])
        .default('auto')
        .describe(
          'How classes are decided for. likeliest: the most probable one; auto, the default: for F1 and balanced accuracy by weights of classes (for two, a threshold) that are chosen on validation rows and kept where they are better on rows that they were not chosen by: the likeliest class is not the best for these metrics. Probabilities stay as they are.',
        ),
      calibration: z
        .enum(['auto', 'off'])
        .default('auto')
        .describe(
          'Whether probabilities are mended by what validation rows show of them. auto, the default: where the log loss on rows that the map was not fitted on is clearly lower, and neither the metric nor accuracy is worse; off: they stay as the model gives them.',
        )
        .meta({ examples: ['off'] }),
    })
    .describe('The sixth step: reads the learning curve, mends what it shows, and trains again.')
    .prefault({}),
  refit: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe(
      'Whether the winner is trained again on training plus validation rows. auto: yes, but for networks on more than 50,000 rows, where it costs much and gives little.',
    ),
  resources: z
    .strictObject({
      gpu: z
        .enum(['none', 'preferred', 'required'])
        .default('none')
        .describe('preferred: where a worker has one; none: small networks train as fast without.')
        .meta({ examples: ['preferred'] }),
      gpuModel: z
        .string()
        .optional()
        .describe('Model of the GPU, as workers name it; default: any, which means other bits.')
        .meta({ examples: ['h100'] }),
      waitSeconds: z
        .number()
        .nonnegative()
        .default(600)
        .describe(
          'How long a job that requires a GPU waits for a worker that has one: ten minutes, as long as a machine takes to start.',
        ),
      memoryGiB: z
        .number()
        .positive()
        .optional()
        .describe(
          'Memory of one training; a worker runs no more at once than fit its own. Default: not reckoned with, for most need little.',
        )
        .meta({ examples: [4] }),
    })
    .describe('What the workers that do the heavy steps have to have.')
    .prefault({}),
  checkpoints: z
    .strictObject({
      everySeconds: z
        .number()
        .positive()
        .default(10)
        .describe('What a kill may cost: ten seconds, for about 1 % of the time.'),
      otherFingerprint: OtherFingerprint.default('refuse').describe(
        'Where a training is to go on with other arithmetic (CPU, threads, oneDNN) than it began: refuse, so that weights stay reproducible, restart from the beginning, or resume and record the mixture.',
      ),
    })
    .describe('How trainings outlive kills.')
    .prefault({}),
  deployment: z
    .strictObject({
      alias: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,30}$/)
        .default('champion')
        .describe('Alias that moves to the new version: what is served by this name.'),
      register: z
        .boolean()
        .default(true)
        .describe('false: the model is packaged, and no version of it registered.'),
      formats: z
        .array(FormatName)
        .default(['saved-model', 'onnx'])
        .describe(
          'Written beside the model, and tried out before it is promoted; by default what most servers take.',
        ),
    })
    .describe('The last step: where the model goes.')
    .prefault({}),
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(0)
    .describe('Of all that is drawn; the same job and seed give the same weights, so it is fixed.'),
});
export type Job = z.infer<typeof Job>;
/** Paths and patterns of the training data; none where a query gives it. */
export const dataPaths = ({ data }: { data: JobInput['data'] }): string[] =>
  typeof data === 'string' ? [data] : Array.isArray(data) ? data : [];
/** A job as users write it, before defaults. */
export type JobInput = z.input<typeof Job>;
