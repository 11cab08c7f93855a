import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { TaskQueue } from '../../../src/task-queues.ts';

interface Service {
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (name: string): Promise<string> =>
  readFile(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');
const compose = parse(await read('compose.yaml'), { merge: true }) as Compose;
const services = Object.values(compose.services);

test('the composition has a worker for each queue that every run needs', () => {
  const queues = services.flatMap(({ command }) =>
    command?.[0] === 'worker' ? [command.at(-1)] : [],
  );
  expect(new Set(queues)).toEqual(new Set([TaskQueue.main, TaskQueue.cpu]));
});

test('services depend on services that exist, and keep state in volumes that exist', () => {
  const names = Object.keys(compose.services);
  for (const { depends_on, volumes } of services) {
    for (const name of Object.keys(depends_on ?? {})) expect(names).toContain(name);
    const named = (volumes ?? []).filter((volume) => /^[a-z]+:/.test(volume));
    for (const volume of named)
      expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
  }
});

test('no port is published beyond this machine', () => {
  const ports = services.flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('the image runs without root and without a compiler', async () => {
  const [, ...stages] = (await read('Dockerfile')).split(/^FROM /m);
  expect(stages).toHaveLength(2);
  expect(stages[1]).toMatch(/^USER node$/m);
  expect(stages[1]).not.toContain('build-essential');
});
