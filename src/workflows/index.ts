export { lifecycle } from './lifecycle.ts';
export { retrain } from './retrain.ts';
export { study } from './study.ts';
