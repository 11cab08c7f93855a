import { ApplicationFailure } from '@temporalio/workflow';
import type { Plan, PlanStep, StepInput } from '../schemas/plan.ts';
import type { StepStatus } from '../schemas/run.ts';
import { findPlanFaults, readySteps } from './planner.ts';

export type Values = Readonly<Record<string, unknown>>;

/** Carries out one kind of step: inputs by name to outputs by name. */
export type StepImplementation = (inputs: Values) => Promise<Values>;

/** Is told of each step's start and end, and may record it before the plan goes on. */
export interface PlanObserver {
  /** Resolves when a step that is ready may start. */
  mayStart(step: PlanStep): Promise<void>;
  started(step: PlanStep, inputs: Values): void;
  completed(step: PlanStep, inputs: Values, outputs: Values): Promise<void>;
  failed(step: PlanStep, inputs: Values, error: unknown): Promise<void>;
  /** A step is not run, because its outputs are known. */
  reused(step: PlanStep): void;
}

/**
 * Runs a plan to its end: each step as soon as what it depends on is there, steps that
 * do not depend on each other side by side. The first failure ends the run, after the steps
 * under way have ended. Steps whose outputs are known already are not run.
 */
export async function interpretPlan(
  plan: Plan,
  runInputs: Values,
  implementations: Readonly<Record<string, StepImplementation>>,
  observer: PlanObserver,
  known: Readonly<Record<string, Values>> = {},
): Promise<Values> {
  refuseFaults(plan, implementations);
  const statuses = new Map<string, StepStatus>(plan.steps.map(({ id }) => [id, 'waiting']));
  const outputs = new Map<string, Values>();
  for (const step of plan.steps) {
    const given = known[step.id];
    if (given === undefined) continue;
    outputs.set(step.id, given);
    statuses.set(step.id, 'completed');
    observer.reused(step);
  }
  const resolve = (input: StepInput): unknown =>
    input.from === 'run' ? runInputs[input.name] : outputs.get(input.step)?.[input.output];

  const runStep = async (step: PlanStep): Promise<void> => {
    const inputs = mapValues(step.inputs, resolve);
    statuses.set(step.id, 'running');
    await observer.mayStart(step);
    observer.started(step, inputs);
    try {
      const given = await (implementations[step.uses] as StepImplementation)(inputs);
      outputs.set(step.id, given);
      await observer.completed(step, inputs, given);
      statuses.set(step.id, 'completed');
    } catch (error) {
      statuses.set(step.id, 'failed');
      await observer.failed(step, inputs, error);
      throw error;
    }
    await advance();
  };
  const advance = async (): Promise<void> => {
    const ended = await Promise.allSettled(readySteps(plan, statuses).map(runStep));
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  };

  await advance();
  return mapValues(plan.outputs, resolve);
}

function refuseFaults(plan: Plan, implementations: Readonly<Record<string, unknown>>): void {
  const faults = findPlanFaults(plan);
  for (const { id, uses } of plan.steps) {
    if (!(uses in implementations))
      faults.push(`steps.${id}.uses: there is no step kind '${uses}'`);
  }
  if (faults.length > 0) {
    throw ApplicationFailure.create({
      type: 'InvalidPlan',
      message: `The plan '${plan.name}' can't be run: ${faults.join('; ')}.`,
      nonRetryable: true,
      details: [faults],
    });
  }
}

function mapValues<From>(record: Readonly<Record<string, From>>, map: (value: From) => unknown) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
