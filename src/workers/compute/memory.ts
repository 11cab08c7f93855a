import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { MemorySample } from '../../compute/compute-task.ts';

const PAGE_BYTES = 4096;
const CGROUP = '/sys/fs/cgroup';

/** Null where the process is gone, or the system does not tell. */
export async function sampleMemory(pid: number): Promise<MemorySample | null> {
  const pages = Number((await read(`/proc/${pid}/statm`)).split(' ')[1]);
  if (!(pages > 0)) return null;
  return { atMs: Date.now(), rssBytes: pages * PAGE_BYTES, freeBytes: await freeBytes() };
}

/** Bytes that this process and its children may use together: the container's, or the machine's. */
export async function memoryLimitBytes(): Promise<number> {
  const limit = Number(await read(`${CGROUP}/memory.max`));
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** How often the kernel has killed for want of memory in this container; 0 where it does not tell. */
export async function outOfMemoryKills(): Promise<number> {
  return Number(/^oom_kill (\d+)/m.exec(await read(`${CGROUP}/memory.events`))?.[1] ?? 0);
}

async function freeBytes(): Promise<number> {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(await read('/proc/meminfo'))?.[1];
  const ofMachine = available === undefined ? freemem() : Number(available) * 1024;
  const [limit, used] = [
    await read(`${CGROUP}/memory.max`),
    await read(`${CGROUP}/memory.current`),
  ];
  return Number(limit) > 0 ? Math.min(ofMachine, Number(limit) - Number(used)) : ofMachine;
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
