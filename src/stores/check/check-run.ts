import { Tuning } from '../../schemas/lifecycle-steps.ts';
import { StepRecord } from '../../schemas/run.ts';
import { Trial } from '../../schemas/study.ts';
import type { ObjectInfo, ObjectStore } from '../object-store.ts';
import { hasOwnKey } from '../step-key.ts';
import { manifestKey, type SurveyedRun } from '../survey-store.ts';
import type { Fault } from './fault.ts';

/** One run's record: its head, its steps, and as many trials as its study counted. */
export async function checkRun(objects: ObjectStore, run: SurveyedRun): Promise<Fault[]> {
  const { runId, manifest, documents } = run;
  const faults: Fault[] = [];
  const head = manifestKey(runId);
  if (manifest === null) {
    faults.push({ kind: 'unreadable-record', where: head, what: 'it is not there, or not whole' });
  } else if (manifest.runId !== runId) {
    const what = `it is the record of ${manifest.runId}`;
    faults.push({ kind: 'unreadable-record', where: head, what });
  }
  const steps = new Map<string, StepRecord>();
  const trials: { readonly key: string; readonly trial: Trial }[] = [];
  for (const info of documents) {
    const kind = info.key.split('/').at(-2);
    if (kind === 'steps') {
      const record = await readAs(objects, info, StepRecord, faults);
      if (record === null) continue;
      steps.set(record.id, record);
      faults.push(...checkStep(info.key, record));
    } else if (kind === 'trials') {
      const trial = await readAs(objects, info, Trial, faults);
      if (trial !== null) trials.push({ key: info.key, trial });
    }
  }
  faults.push(...checkTrials(runId, trials, steps.get('tune')));
  return faults;
}

function checkStep(key: string, record: StepRecord): Fault[] {
  if (!key.endsWith(`/${record.id}.json`)) {
    return [
      { kind: 'wrong-step-key', where: key, what: `it is the record of the step ${record.id}` },
    ];
  }
  if (hasOwnKey(record)) return [];
  return [{ kind: 'wrong-step-key', where: key, what: 'its key is not that of its inputs' }];
}

function checkTrials(
  runId: string,
  trials: readonly { readonly key: string; readonly trial: Trial }[],
  tune: StepRecord | undefined,
): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<number, string>();
  for (const { key, trial } of trials) {
    const other = seen.get(trial.number);
    if (other !== undefined) {
      const what = `${other} is a record of trial ${trial.number}, too`;
      faults.push({ kind: 'duplicate-trial', where: key, what });
    } else if (Number(/(\d+)\.json$/.exec(key)?.[1]) !== trial.number) {
      const what = `it is the record of trial ${trial.number}`;
      faults.push({ kind: 'unreadable-record', where: key, what });
    }
    seen.set(trial.number, key);
  }
  const tuning = Tuning.safeParse(tune?.outputs['tuning']);
  if (!tuning.success) return faults;
  const complete = [...trials].filter(({ trial }) => trial.state === 'complete').length;
  const expected = tuning.data.trials - tuning.data.failed;
  if (complete < expected) {
    faults.push({
      kind: 'missing-trial',
      where: `documents/runs/${runId}/trials`,
      what: `${complete} trials are recorded of ${expected} that were completed`,
    });
  }
  return faults;
}

/** Null where it is no such document, or has been removed meanwhile. */
async function readAs<T>(
  objects: ObjectStore,
  { key }: ObjectInfo,
  schema: { parse(value: unknown): T },
  faults: Fault[],
): Promise<T | null> {
  const bytes = await objects.read(key);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    const what = `it does not parse: ${error instanceof Error ? error.message : String(error)}`;
    faults.push({ kind: 'unreadable-record', where: key, what });
    return null;
  }
}
