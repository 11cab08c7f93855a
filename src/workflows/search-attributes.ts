import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What a run can be found by in the Web UI. */
export const searchAttributeKeys = {
  model: defineSearchAttributeKey('SevenfoldModel', SearchAttributeType.KEYWORD),
  step: defineSearchAttributeKey('SevenfoldStep', SearchAttributeType.KEYWORD),
  score: defineSearchAttributeKey('SevenfoldScore', SearchAttributeType.DOUBLE),
};

/** Updates of a run's search attributes; undefined where the server knows none of them. */
export function runSearchAttributes(available: boolean) {
  const { model, step, score } = searchAttributeKeys;
  return {
    model: (value: string) => (available ? [{ key: model, value }] : undefined),
    step: (value: string) => (available ? [{ key: step, value }] : undefined),
    score: (value: number) => (available ? [{ key: score, value }] : undefined),
  };
}
