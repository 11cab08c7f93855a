import { canonicalHash } from '../canonical-json.ts';
import type { StepRecord } from '../schemas/run.ts';

/** Grows when the same inputs would give other outputs. */
const STEP_CODE_VERSION = 2;

/** What a step's outputs depend on, as one hash: its kind, its code's version and its inputs. */
export const stepKey = (
  { uses, inputs }: Pick<StepRecord, 'uses' | 'inputs'>,
  codeVersion = STEP_CODE_VERSION,
): string => canonicalHash({ uses, codeVersion, inputs });

/** Whether a record's key is one that this or an earlier version of the code has given it. */
export const hasOwnKey = (record: StepRecord): boolean =>
  Array.from({ length: STEP_CODE_VERSION }, (_, i) => stepKey(record, i + 1)).includes(record.key);
