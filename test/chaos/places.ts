import { Moto } from '../support/moto.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import type { Campaign } from './scenarios.ts';
import type { Place } from './stack.ts';

export interface PlaceWithEnd extends Place {
  /** Takes the place away. */
  end(): Promise<void>;
}

const DISK_KIB = 256 * 1024;

/** Null where the place can't be had. */
export async function preparePlace(kind: Campaign['place']): Promise<PlaceWithEnd | null> {
  if (kind === 'folder') return { end: () => Promise.resolve() };
  if (kind === 'small disk') {
    const disk = await mountSmallDisk(DISK_KIB);
    return disk && { disk, end: () => disk.remove() };
  }
  const moto = await Moto.start();
  const variables = { ...moto.variables(), SEVENFOLD_STORE: moto.newStore() };
  return { bucket: { pid: moto.pid, variables }, end: () => moto.stop() };
}
