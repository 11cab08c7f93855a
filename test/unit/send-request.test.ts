import { expect, test } from 'vitest';
import { readText, sendRequest } from '../../src/activities/send-request.ts';
import { freePort, HttpReceiver } from '../support/http-receiver.ts';

const signal = AbortSignal.timeout(30_000);

test('nobody listening is a fault that passes, and none of the program', async () => {
  const sent = sendRequest(`http://127.0.0.1:${await freePort()}/`, { signal });
  await expect(sent).rejects.toMatchObject({ type: 'Unreachable', nonRetryable: false });
});

test('a response is read up to a size', async () => {
  const receiver = await HttpReceiver.listen();
  receiver.answer('/', () => ({ status: 200, body: 'x'.repeat(998) }));
  const read = async (mostBytes: number) => {
    const response = await sendRequest(`http://${receiver.host}/`, { signal });
    return (await readText(response, mostBytes, signal))?.length;
  };
  expect(await read(1_000)).toBe(1_000);
  expect(await read(999)).toBeUndefined();
  await receiver.close();
});

test('a request that is given up says why', async () => {
  const receiver = await HttpReceiver.listen();
  receiver.answer('/', () => new Promise(() => undefined));
  const controller = new AbortController();
  const sent = sendRequest(`http://${receiver.host}/`, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(sent).rejects.toThrow('enough');
  await receiver.close();
});
