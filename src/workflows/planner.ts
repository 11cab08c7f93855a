import type { Plan, PlanStep, StepInput } from '../schemas/plan.ts';
import type { StepStatus } from '../schemas/run.ts';

export type StepStatuses = ReadonlyMap<string, StepStatus>;

/** The steps that a step waits for: those whose outputs it takes, and those it is told to come after. */
export function dependenciesOf(step: PlanStep): string[] {
  const sources = Object.values(step.inputs).flatMap((input) =>
    input.from === 'step' ? [input.step] : [],
  );
  return [...new Set([...sources, ...step.after])];
}

/** Waiting steps all of whose dependencies are completed, in the order of the plan. */
export function readySteps(plan: Plan, statuses: StepStatuses): PlanStep[] {
  return plan.steps.filter(
    (step) =>
      statuses.get(step.id) === 'waiting' &&
      dependenciesOf(step).every((id) => statuses.get(id) === 'completed'),
  );
}

/** Faults of a plan, each with its path; none means that it can be run to its end. */
export function findPlanFaults(plan: Plan): string[] {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const faults: string[] = [];
  if (steps.size < plan.steps.length) faults.push('steps: two steps have the same id');
  for (const step of plan.steps) {
    for (const [name, input] of Object.entries(step.inputs)) {
      faults.push(...inputFaults(`steps.${step.id}.inputs.${name}`, input, steps));
    }
    for (const id of step.after) {
      if (!steps.has(id)) faults.push(`steps.${step.id}.after: there is no step '${id}'`);
    }
  }
  for (const [name, input] of Object.entries(plan.outputs)) {
    faults.push(...inputFaults(`outputs.${name}`, input, steps));
  }
  const stuck = unreachableSteps(plan);
  if (faults.length === 0 && stuck.length > 0) {
    faults.push(`steps: ${stuck.join(', ')} wait for each other in a cycle`);
  }
  return faults;
}

function inputFaults(path: string, input: StepInput, steps: Map<string, PlanStep>): string[] {
  if (input.from === 'run') return [];
  const source = steps.get(input.step);
  if (source === undefined) return [`${path}: there is no step '${input.step}'`];
  return source.outputs.includes(input.output)
    ? []
    : [`${path}: step '${input.step}' has no output '${input.output}'`];
}

function unreachableSteps(plan: Plan): string[] {
  const statuses = new Map<string, StepStatus>(plan.steps.map(({ id }) => [id, 'waiting']));
  for (
    let ready = readySteps(plan, statuses);
    ready.length > 0;
    ready = readySteps(plan, statuses)
  ) {
    for (const { id } of ready) statuses.set(id, 'completed');
  }
  return [...statuses].flatMap(([id, status]) => (status === 'waiting' ? [id] : []));
}
