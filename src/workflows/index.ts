export { lifecycle, lifecycleStep } from './lifecycle.ts';
export { pipeline } from './pipeline.ts';
export { study } from './study.ts';
