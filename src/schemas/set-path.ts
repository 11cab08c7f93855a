/** Sets the value at a path of an object, such as `split.test`; objects on the way are made. */
export function setPath(object: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  let inner = object;
  for (const key of keys.slice(0, -1)) {
    const next = inner[key];
    const isObject = typeof next === 'object' && next !== null && !Array.isArray(next);
    inner = (isObject ? next : (inner[key] = {})) as Record<string, unknown>;
  }
  inner[keys.at(-1) as string] = value;
}
