import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findListener, isPortFree } from '../../../src/setup/port-listener.ts';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => server.close());

test('a taken port is reported with the process that holds it', async () => {
  expect(await isPortFree(port)).toBe(false);
  expect(await findListener(port)).toMatchObject({ pid: process.pid });
});

test('a port that nobody listens on is free and has no holder', async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
  expect(await findListener(port)).toBeUndefined();
});
