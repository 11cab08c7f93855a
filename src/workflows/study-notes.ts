import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { stepNote } from './messages.ts';

/** A run's history must not grow with the number of its trials. */
const NOTES = 100;

/** Tells a run how its study goes: of every trial in a small study, of some in a large one. */
export class StudyNotes {
  readonly #run: { readonly runId: string; readonly workflowId: string };
  #count = 0;

  constructor(run: { readonly runId: string; readonly workflowId: string }) {
    this.#run = run;
  }

  tell(text: string, total: number): void {
    if (this.#count++ % Math.ceil(total / NOTES) !== 0) return;
    const { workflowId, runId } = this.#run;
    const handle = getExternalWorkflowHandle(workflowId, runId);
    // A courtesy: the study goes on without it.
    handle.signal(stepNote, { step: 'tune', text }).catch(() => undefined);
  }
}
