import { condition, setHandler } from '@temporalio/workflow';
import type { InputProblem } from '../errors.ts';
import type { TaskOutcome, Values } from '../pipelines/graph-state.ts';
import type { Step } from '../schemas/pipeline.ts';
import type { Decision, OpenApproval } from '../schemas/pipeline-run.ts';
import { approveSignal, approveUpdate } from './messages.ts';
import { refusal } from './refusal.ts';

/** Questions that a run waits for answers to; each answer is an Update, with a Signal beside it. */
export class Approvals {
  readonly #open = new Map<string, OpenApproval>();
  readonly #decided = new Map<string, Decision>();
  /** When each was first asked: a deadline does not begin anew with a history. */
  readonly #askedAtMs: Record<string, number>;
  readonly #changed: () => void;

  constructor(askedAtMs: Readonly<Record<string, number>>, changed: () => void) {
    this.#askedAtMs = { ...askedAtMs };
    this.#changed = changed;
    setHandler(approveUpdate, (decision) => this.#take(decision), {
      description:
        'Answer an approval: {"step": "…", "decision": "approve" | "reject", "by": "…", "why": "…"}',
      validator: (decision) => {
        const fault = this.#fault(decision);
        if (fault !== undefined) throw refusal(fault);
      },
    });
    setHandler(
      approveSignal,
      (decision) => {
        if (this.#fault(decision) === undefined) this.#take(decision);
      },
      { description: 'As the update of this name, without an answer' },
    );
  }

  get open(): OpenApproval[] {
    return [...this.#open.values()];
  }

  get askedAtMs(): Readonly<Record<string, number>> {
    return this.#askedAtMs;
  }

  /**
   * Waits for an answer, or for the deadline.
   * @param isOver where it gives true the question is given up, to be asked again; the answer is null
   */
  async ask(step: Step, inputs: Values, isOver: () => boolean): Promise<TaskOutcome | null> {
    const { id, approval } = step;
    const {
      approvers = null,
      deadlineSeconds,
      default: otherwise,
    } = approval ?? { default: 'reject' };
    const askedAtMs = (this.#askedAtMs[id] ??= Date.now());
    const deadlineMs = deadlineSeconds === undefined ? null : askedAtMs + deadlineSeconds * 1000;
    this.#open.set(id, {
      ...{ step: id, question: String(inputs['question']), details: inputs['details'] ?? null },
      ...{ approvers: approvers && [...approvers], deadlineMs },
    });
    this.#changed();
    const isAnswered = () => this.#decided.has(id) || isOver();
    try {
      if (deadlineMs === null) await condition(isAnswered);
      else await condition(isAnswered, Math.max(1, deadlineMs - Date.now()));
    } finally {
      this.#open.delete(id);
      this.#changed();
    }
    const answer = this.#decided.get(id);
    if (answer === undefined && isOver()) return null;
    const { decision, by, why } = answer ?? {
      decision: otherwise,
      by: 'the deadline',
      why: `nobody answered within ${deadlineSeconds} s`,
    };
    if (decision === 'approve') {
      return { status: 'completed', outputs: { approved: true, by, why } };
    }
    return { status: 'failed', failure: `rejected by ${by}: ${why}` };
  }

  #take(decision: Decision): void {
    this.#decided.set(decision.step, decision);
  }

  #fault(given: unknown): InputProblem | undefined {
    const { step, decision, by, why } = (given ?? {}) as Partial<Decision>;
    const open = this.open.map((each) => each.step);
    const expected =
      open.length === 0 ? 'a step that waits; none does' : `one of ${open.join(', ')}`;
    const problem = (
      code: string,
      field: string,
      value: unknown,
      wanted: string,
      remedy: string,
    ) => ({
      ...{ code, field, value, expected: wanted, remedy },
    });
    const question = this.#open.get(String(step));
    if (question === undefined || this.#decided.has(String(step))) {
      return problem(
        'NoOpenApproval',
        'step',
        step,
        expected,
        'See the current details of the run.',
      );
    }
    if (decision !== 'approve' && decision !== 'reject') {
      const remedy = 'Say which of them.';
      return problem('InvalidDecision', 'decision', decision, "'approve' or 'reject'", remedy);
    }
    for (const [field, value] of Object.entries({ by, why })) {
      if (typeof value === 'string' && value !== '') continue;
      const remedy = 'It is kept in the run’s record.';
      return problem('InvalidDecision', field, value, 'a text', remedy);
    }
    const { approvers } = question;
    if (approvers === null || approvers.includes(String(by))) return undefined;
    return problem('NotAnApprover', 'by', by, `one of ${approvers.join(', ')}`, 'Ask one of them.');
  }
}
