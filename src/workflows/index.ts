export { announcedRun } from './announced-run.ts';
export { lifecycle } from './lifecycle.ts';
export { retrain } from './retrain.ts';
export { study } from './study.ts';
