import { z } from 'zod';

const Point = z.strictObject({ x: z.number(), y: z.number() });

/** A curve over all thresholds for one class against the rest. */
export const ClassCurve = z.strictObject({
  class: z.string(),
  /** Area under the curve. */
  area: z.number(),
  /** In order of falling thresholds; thinned out. */
  points: z.array(Point),
});
export type ClassCurve = z.infer<typeof ClassCurve>;

/** How often what was predicted with such a probability was so. */
export const CalibrationBin = z.strictObject({
  predicted: z.number(),
  observed: z.number(),
  rows: z.int().positive(),
});
export type CalibrationBin = z.infer<typeof CalibrationBin>;

/** What one raw column means to the model. */
export const ColumnImportance = z.strictObject({
  column: z.string(),
  /** By how much the metric gets worse when the column's values are shuffled; mean of repeats. */
  loss: z.number(),
  low: z.number(),
  high: z.number(),
  /** Mean absolute Shapley value: the column's share in moving the output away from its mean. */
  shapley: z.number().nullable(),
});
export type ColumnImportance = z.infer<typeof ColumnImportance>;

/** A row on which the model is far off. */
export const NotableError = z.strictObject({
  truth: z.string(),
  predicted: z.string(),
  /** Probability that was given to the true class; null for regression. */
  probability: z.number().nullable(),
  /** Its columns as the model sees them: what was missing is imputed or "(missing)", rare values are "(other)". */
  record: z.record(z.string(), z.string()),
});
export type NotableError = z.infer<typeof NotableError>;

/** What can be seen of a model on the test rows, beyond its scores. */
export const Insights = z.strictObject({
  schemaVersion: z.literal(1),
  /** Rows that importance was measured on; all test rows where there are few. */
  sampledRows: z.int().nonnegative(),
  /** Empty for regression. */
  roc: z.array(ClassCurve),
  precisionRecall: z.array(ClassCurve),
  calibration: z.array(CalibrationBin),
  /** Of the probabilities before they were mended; empty where they were not. */
  uncalibrated: z.array(CalibrationBin).default([]),
  /** Regression only: x is the true value, y the predicted one; a sample. */
  predictions: z.array(Point),
  /** Most important first. */
  importance: z.array(ColumnImportance),
  /** Worst first. */
  errors: z.array(NotableError),
});
export type Insights = z.infer<typeof Insights>;
