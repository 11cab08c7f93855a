/**
 * Durability, proven: one job undisturbed, then under kills of every kind; fails on any difference,
 * and on anything that the checker finds in the store or among the processes afterwards.
 *
 *   npm run chaos -- [--short] [--seed 1] [--only "named points"]
 *
 * The short version asks for identity alone: how quickly a busy machine recovers says little.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config.ts';
import { ensureReady } from '../../src/setup/ensure-ready.ts';
import { differences } from './essence.ts';
import { type PlaceWithEnd, preparePlace } from './places.ts';
import { ChaosReport } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { type Campaign, planCampaigns } from './scenarios.ts';
import { DisturbedStack } from './stack.ts';
import { writeData } from './write-data.ts';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const seed = Number(options.seed);
const report = new ChaosReport({ asksForTimes: !options.short });

await ensureReady(readConfig(), (text) => console.error(text));
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, seed ${seed}`);
report.begin();
for (const campaign of planCampaigns(options.short, options.only)) {
  const place = await preparePlace(campaign.place);
  if (place === null) report.skip(campaign, 'this user may not mount a small disk');
  else await runCampaign(campaign, place);
}
process.exitCode = report.end() ? 0 : 1;

async function runCampaign({ job, scenarios }: Campaign, place: PlaceWithEnd): Promise<void> {
  const stack = await DisturbedStack.start(place);
  try {
    const whole = { ...(await writeData(stack.command.home, options.short)), ...job };
    const reference = await runScenario(stack, whole, null, seed);
    report.undisturbed(reference);
    for (const scenario of scenarios) {
      const run = await runScenario(stack, whole, scenario, seed);
      report.add(scenario, run, differences(reference.essence, run.essence));
    }
    report.check(await stack.faults());
  } finally {
    await stack.stop();
    await place.end();
  }
}
