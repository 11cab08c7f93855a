/**
 * Task queues. `sevenfold` carries workflows and light bookkeeping activities;
 * heavy work goes to one of the queues named for the resource that it needs.
 */
export const TaskQueue = {
  main: 'sevenfold',
  cpu: 'sevenfold-cpu',
  gpu: 'sevenfold-gpu',
} as const;

/** The queue of workers that hold one GPU model, such as `sevenfold-gpu-h200`. */
export function gpuTaskQueue(gpuModel?: string): string {
  return gpuModel === undefined ? TaskQueue.gpu : `${TaskQueue.gpu}-${gpuModel.toLowerCase()}`;
}
