import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { openStores } from '../stores/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Finding } from './finding.ts';

const name = 'Store';

/** Whether the store can be written, read and listed, and creates nothing that is there already. */
export async function diagnoseStore(config: Config): Promise<Finding> {
  const { home, store } = config;
  const place = store === null ? home : `s3://${store.bucket}/${store.prefix}`;
  const stores = openStores(config);
  try {
    const fault = await tryOut(stores.objects);
    return fault === null
      ? { name, status: 'ok', found: `${place} can be written and read`, remedy: null }
      : { name, status: 'missing', found: `${place} ${fault}`, remedy: 'Use another store.' };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const remedy =
      error instanceof InputError
        ? error.problem.remedy
        : 'Correct SEVENFOLD_STORE or AWS_ENDPOINT_URL_S3, or start the store.';
    return { name, status: 'missing', found, remedy };
  } finally {
    await stores.close();
  }
}

/** What it does not do as it should; null where all is well. */
async function tryOut(objects: ObjectStore): Promise<string | null> {
  const key = `doctor-${randomUUID()}`;
  try {
    return await examine(objects, key);
  } finally {
    await objects.remove(key).catch(() => undefined);
  }
}

async function examine(objects: ObjectStore, key: string): Promise<string | null> {
  const bytes = Buffer.from('written by sevenfold doctor');
  if (!(await objects.create(key, bytes))) return 'holds an object that nobody wrote';
  if (await objects.create(key, Buffer.from('other'))) return 'creates what is there already';
  const read = await objects.read(key);
  if (read === null || !bytes.equals(read)) return 'gives other bytes than were written';
  if ((await objects.list(key)).length !== 1) return 'does not list what is there';
  await objects.remove(key);
  return (await objects.read(key)) === null ? null : 'keeps what was removed';
}
