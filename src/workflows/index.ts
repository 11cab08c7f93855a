export { lifecycle } from './lifecycle.ts';
export { study } from './study.ts';
