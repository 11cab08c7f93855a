/** Estimators that train by epochs, which can be extended: for workflows, which take only types from schemas. */
export const isNetwork = (estimator: string): boolean => estimator === 'mlp' || estimator === 'cnn';
