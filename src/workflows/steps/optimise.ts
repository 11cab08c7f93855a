import { DECISION_METRICS } from '../../decision-metrics.ts';
import { isNetwork } from '../../is-network.ts';
import { refitSeconds } from '../../refit-seconds.ts';
import type { Deciding } from '../../schemas/deciding.ts';
import type { Ensembling } from '../../schemas/ensemble.ts';
import type { Candidate, EnsembleHyperparameters } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type {
  Evaluated,
  Optimisation,
  Preprocessed,
  Selection,
  Tuning,
} from '../../schemas/lifecycle-steps.ts';
import type { Round } from '../../schemas/round.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { howToDecide } from '../how-to-decide.ts';
import { formatScore, relativeGain } from '../score.ts';
import { firstLookOf, isComparable, validateLike } from './cross-validation.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Rounds may start until this share of a time budget is spent. */
const ROUNDS_SHARE = 0.75;
/** A refit has to end when this share is; the rest is for the last evaluation and deployment. */
const REFIT_SHARE = 0.92;
/** Below so many training rows a network gains more from the validation rows than it risks. */
const REFIT_NETWORK_ROWS = 50_000;

interface Inputs {
  readonly job: Job;
  readonly data: Preprocessed;
  readonly selection: Selection;
  readonly tuning: Tuning;
  readonly model: TrainingOutcome;
  readonly evaluation: Evaluated;
}

/** Step 6: diagnose on validation results, mend, train again; average what is best; then the refit that is deployed. */
export async function optimise(
  context: StepContext,
  inputs: Inputs,
): Promise<{ optimisation: Optimisation }> {
  const { job, data, selection } = inputs;
  const { rounds, stopped, chosen: single, trained } = await runRounds(context, inputs);
  const { ensemble, chosen } = await chooseEnsemble(context, inputs, single, trained);
  // A refit takes as many epochs as validation found to be enough.
  context.trainings.close();
  const { final, refit } = await refitByPolicy(context, inputs, chosen);
  const deciding = await chooseDecision(context, inputs, chosen);
  const how = howToDecide(deciding);
  const evaluation =
    final.weightsHash === inputs.model.weightsHash && Object.keys(how).length === 0
      ? inputs.evaluation.test
      : await context.heavy.run(
          'evaluateModel',
          'final, test rows',
          workOrder<'evaluate'>(context, 'evaluate/final', {
            prepared: data.prepared,
            model: final,
            reference: selection.reference,
            part: 'test',
            ...how,
            seed: job.seed,
          }),
        );
  const kept = rounds.filter((round) => round.kept).length;
  context.note(
    'optimise',
    `${kept} of ${rounds.length} rounds kept; ${stopped}; ${describeEnsemble(ensemble)}${refit.done ? 'refitted on all training rows' : 'not refitted'}`,
  );
  return {
    optimisation: { rounds, stopped, ensemble, ...deciding, chosen, final, refit, evaluation },
  };
}

async function runRounds(context: StepContext, { job, data, selection, model }: Inputs) {
  const { problem } = data;
  const { rounds: maxRounds, target, tolerance } = job.optimise;
  const rounds: Round[] = [];
  const tried = [model.candidate];
  const trained = [model];
  let chosen = model;
  for (let number = 1; number <= maxRounds; number++) {
    if (target !== undefined && relativeGain(problem, target, chosen.validationScore) >= 0) {
      return { rounds, chosen, trained, stopped: `the target ${target} is met` };
    }
    if (context.clock.spent(ROUNDS_SHARE)) {
      return { rounds, chosen, trained, stopped: 'the time budget is spent' };
    }
    const prescription = await context.bookkeeping.prescribeRound({
      data,
      outcome: chosen,
      reference: selection.reference,
      tried,
      ...(job.startFrom !== undefined && { keep: ['hiddenLayers', 'activation'] }),
    });
    const { candidate, diagnosis, action } = prescription;
    if (candidate === null)
      return { rounds, chosen, trained, stopped: `${diagnosis}: nothing to mend` };
    context.note('optimise', `round ${number}: ${diagnosis}; ${action ?? ''}`);
    const first = await context.trainings.run(
      context.heavy,
      `round ${number}: ${diagnosis}`,
      workOrder<'train'>(
        context,
        `round/${number}`,
        trainingRequest(context, data, candidate, ROUNDS_SHARE),
      ),
    );
    const label = `round/${number}`;
    const outcome = await validateLike(context, data, label, chosen, first, ROUNDS_SHARE);
    tried.push(candidate);
    trained.push(outcome);
    // What is not worth its other folds is compared by the first one.
    const before = isComparable(chosen, outcome) ? chosen : firstLookOf(chosen);
    const gain = relativeGain(problem, before.validationScore, outcome.validationScore);
    const isKept = gain > 0 && before === chosen;
    rounds.push({
      number,
      prescription,
      scoreBefore: before.validationScore,
      scoreAfter: outcome.validationScore,
      kept: isKept,
      seconds: outcome.seconds,
    });
    if (isKept) chosen = outcome;
    if (gain < tolerance)
      return { rounds, chosen, trained, stopped: 'the gain fell below the tolerance' };
  }
  return { rounds, chosen, trained, stopped: 'all rounds are done' };
}

/** The best mean of models that were tried, where it is worth more than the best of them alone. */
async function chooseEnsemble(
  context: StepContext,
  { job, data, selection, tuning }: Inputs,
  single: TrainingOutcome,
  trained: readonly TrainingOutcome[],
): Promise<{ ensemble: Ensembling | null; chosen: TrainingOutcome }> {
  const { runId, clock, heavy } = context;
  if (job.optimise.ensemble < 2 || clock.spent(REFIT_SHARE)) {
    return { ensemble: null, chosen: single };
  }
  const { ensemble, model } = await heavy.run(
    'buildEnsemble',
    'choose an ensemble',
    workOrder<'ensemble'>(context, 'ensemble', {
      prepared: data.prepared,
      trialsOf: [runId, tuning.runId],
      others: [...selection.screened, ...trained],
      chosen: single,
      most: job.optimise.ensemble,
      seconds: job.refit === 'never' ? null : clock.timeLimit(REFIT_SHARE),
      seed: job.seed,
    }),
  );
  return { ensemble, chosen: model ?? single };
}

/** Whether its probabilities are mended, and how it decides between classes where its metric is one of decisions. */
async function chooseDecision(
  context: StepContext,
  { job: { optimise: asked, seed }, data: { prepared, problem } }: Inputs,
  model: TrainingOutcome,
): Promise<Pick<Optimisation, 'calibration' | 'decision'>> {
  const choose = {
    // Jobs of before there was a calibration ask for none.
    calibration: asked.calibration === 'auto' && problem.task !== 'regression',
    decision: asked.decision !== 'likeliest' && DECISION_METRICS.includes(problem.metric),
  };
  if (!choose.calibration && !choose.decision) return { calibration: null, decision: null };
  const chosen = (await context.heavy.run(
    'chooseDecision',
    'calibrate, and weigh the classes',
    workOrder<'decide'>(context, 'decision', { prepared, model, choose, seed }),
  )) as Chosen | Deciding | null;
  return chosen !== null && 'calibration' in chosen
    ? chosen
    : // As it was answered before there was a calibration.
      { calibration: null, decision: chosen };
}

type Chosen = Pick<Optimisation, 'calibration' | 'decision'>;

const describeEnsemble = (ensemble: Ensembling | null): string =>
  ensemble?.kept === true ? `an ensemble of ${ensemble.members.length} models; ` : '';

async function refitByPolicy(
  context: StepContext,
  { job, data }: Inputs,
  chosen: TrainingOutcome,
): Promise<Pick<Optimisation, 'final' | 'refit'>> {
  const keep = (reason: string) => ({ final: chosen, refit: { done: false, reason } });
  const reason = refitReason(job, data, chosen);
  if (reason === null) return keep(`the policy is '${job.refit}'`);
  if (data.rows.validation === 0) return keep('there are no validation rows to add');
  if (context.clock.remainingSeconds(REFIT_SHARE) < refitSeconds(chosen)) {
    return keep('the time budget would not last');
  }
  const final = await context.heavy.run(
    'trainModel',
    'refit on all rows',
    workOrder<'train'>(context, 'refit', {
      ...trainingRequest(context, data, chosen.candidate, REFIT_SHARE),
      rows: 'all',
      // What validation found to be enough; there is nothing left to stop by.
      maxEpochs: chosen.bestEpoch,
    }),
  );
  if (final.status === 'diverged') return keep('the refit diverged');
  if (final.status === 'out-of-time') return keep('the time budget did not last');
  context.note('optimise', `refit: ${formatScore(data.problem, final.fitScore)} on its own rows`);
  return { final, refit: { done: true, reason } };
}

/** Why the winner is trained again on training plus validation rows; null when it is not. */
function refitReason(job: Job, { rows }: Preprocessed, chosen: TrainingOutcome): string | null {
  if (job.refit === 'never') return null;
  if (job.refit === 'always') return "the policy is 'always'";
  const byEpochs = hasNetwork(chosen.candidate);
  if (byEpochs && rows.fit + rows.validation > REFIT_NETWORK_ROWS) return null;
  return `auto: ${rows.validation} validation rows are worth ${byEpochs ? 'as many epochs again' : 'another solve'}`;
}

/** Whether it is trained by epochs, or a part of it is. */
const hasNetwork = ({ estimator, hyperparameters }: Candidate): boolean =>
  estimator === 'ensemble'
    ? (hyperparameters as EnsembleHyperparameters).members.some((each) => isNetwork(each.estimator))
    : isNetwork(estimator);
