export { announcedRun } from './announced-run.ts';
export { lifecycle, lifecycleStep } from './lifecycle.ts';
export { pipeline } from './pipeline.ts';
export { retrain } from './retrain.ts';
export { study } from './study.ts';
