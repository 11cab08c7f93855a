import { resolve } from 'node:path';

const clone = resolve(import.meta.dirname, '../..');

/** A history without what tells of the machine that it was recorded on: folders, names, processor. */
export function withoutPlaces(history: unknown, home: string): unknown {
  const replace = (text: string): string =>
    text
      .replaceAll(home, '/data')
      .replaceAll(clone, '.')
      // Workers' names, which sticky task queues carry too: process and host.
      .replaceAll(/\d+@\S+/g, 'worker')
      .replaceAll(/"cpu(Model|Features)":"[^"]*"/g, '"cpu$1":"some"');
  return mapText(history, (_, text) => replace(text));
}

/** Every text in a history, payloads read. */
export function textsOf(history: unknown): string[] {
  const texts: string[] = [];
  mapText(history, (_, text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

type Mapping = (key: string, text: string) => string;

function mapText(value: unknown, map: Mapping, key = ''): unknown {
  if (typeof value === 'string') return map(key, value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapText(item, map, key));
  const isPayload = 'metadata' in value && 'data' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      isPayload && name === 'data'
        ? mapPayload(String(inner), (text) => map(name, text))
        : mapText(inner, map, name),
    ]),
  );
}

/** Payloads of JSON travel as base64. */
function mapPayload(data: string, map: (text: string) => string): string {
  return Buffer.from(map(Buffer.from(data, 'base64').toString('utf8'))).toString('base64');
}
