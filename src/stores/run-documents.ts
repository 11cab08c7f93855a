/** Where the parts of a run's record lie in the document store. */
export const runDocument = (runId: string): string => `runs/${runId}/manifest`;
export const isRunDocument = (key: string): boolean => /^runs\/[^/]+\/manifest$/.test(key);
export const signOfLifeDocument = (runId: string): string => `runs/${runId}/sign-of-life`;
export const stepDocument = (runId: string, step: string): string => `runs/${runId}/steps/${step}`;
export const trialDocuments = (runId: string): string => `runs/${runId}/trials/`;
export const trialDocument = (runId: string, number: number): string =>
  `${trialDocuments(runId)}${String(number).padStart(6, '0')}`;
export const retrainingDocument = (runId: string): string => `runs/${runId}/retraining`;
/** Of a schedule: which of its runs have failed in a row. */
export const streakDocument = (schedule: string, since: string): string =>
  `schedules/${encodeURIComponent(schedule)}/${since.replaceAll(/\W/g, '-')}`;
/** Of a model: what "nothing has changed" is measured by. */
export const lastRetraining = (model: string): string => `retrainings/${model}`;
