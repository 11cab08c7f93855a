import { InputError } from '../errors.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import { PredictRequest, type RawRecord } from '../schemas/prediction.ts';
import { findRequestFault } from './request-fault.ts';

/** Which model a path speaks of: `churn`, `churn/versions/3:predict`, `churn/labels/challenger`. */
export interface ModelPath {
  readonly name: string;
  readonly which: { readonly version?: number; readonly alias?: string };
  readonly isPrediction: boolean;
}

const PATH = /^([^/:]+)(?:\/versions\/(\d{1,9})|\/labels\/([^/:]+))?(:predict)?$/;

/** Reads what follows `/v1/models/`; null for what is no such path. */
export function readModelPath(path: string): ModelPath | null {
  const [, name, version, alias, verb] = PATH.exec(path) ?? [];
  if (name === undefined) return null;
  return {
    name,
    which: {
      ...(version !== undefined && { version: Number(version) }),
      ...(alias !== undefined && { alias }),
    },
    isPrediction: verb !== undefined,
  };
}

/** The raw records of a request's body. */
export function readInstances(body: unknown): RawRecord[] {
  const parsed = PredictRequest.safeParse(body);
  if (!parsed.success) throw new InputError(findRequestFault(body));
  const { instances } = parsed.data;
  return Array.isArray(instances) ? instances : [instances];
}

/** Refuses cells that their column's type can't read, instead of imputing in silence. */
export function refuseFaults(
  model: PredictiveModel,
  records: readonly Readonly<Record<string, unknown>>[],
): void {
  const [fault] = model.findFaults(records);
  if (fault === undefined) return;
  throw new InputError({
    code: 'UnreadableValue',
    field: `instances[${fault.row}].${fault.column}`,
    value: fault.value,
    expected: fault.expected,
    remedy: 'Mend the value, or send null where it is not known.',
  });
}
