import type { Comparison, DataCheck, RetrainingRecord } from '../../schemas/retraining-record.ts';
import { figure, markdownTable, range } from './markdown.ts';

const MOST_COLUMNS = 30;

/** A retraining's report for people, in Markdown. */
export function renderRetraining(record: RetrainingRecord): string {
  const { model, decision, reason, scheduledAt, data, check, comparison, lifecycle } = record;
  const sections = [
    `# ${model}: ${TITLES[decision]}`,
    reason,
    `Scheduled for ${scheduledAt}. Data: \`${data.path}\` (${data.bytes} bytes, SHA-256 \`${data.sha256}\`), ` +
      `for the interval from ${data.interval.start} to ${data.interval.end}.`,
    ...(check === null ? [] : [renderCheck(check)]),
    ...(comparison === null ? [] : [renderComparison(comparison)]),
    ...(lifecycle === null
      ? []
      : [
          `The challenger, version ${lifecycle.version}, was trained by the run \`${lifecycle.runId}\` ` +
            `(\`${lifecycle.workflowId}\`); its report is \`${lifecycle.report.uri}\`.`,
        ]),
  ];
  return `${sections.join('\n\n')}\n`;
}

const TITLES: Record<RetrainingRecord['decision'], string> = {
  unchanged: 'nothing to do',
  first: 'a first champion',
  promoted: 'a new champion',
  kept: 'the champion stays',
};

function renderCheck({ rows, championRows, columns, warnings }: DataCheck): string {
  const shown = columns.slice(0, MOST_COLUMNS);
  return [
    '## Data beside that of the champion',
    `${rows} rows; the champion had ${championRows}.`,
    ...warnings.map((warning) => `- ⚠ ${warning}`),
    ...(shown.length === 0
      ? []
      : [
          markdownTable(
            ['column', 'population stability index', 'by chance, 1 in 1,000', 'drifted'],
            shown.map(({ column, psi, chance, drifted }) => [
              column,
              figure(psi),
              figure(chance),
              drifted ? 'yes' : 'no',
            ]),
          ),
        ]),
    ...(columns.length > shown.length ? [`${columns.length - shown.length} more columns.`] : []),
  ].join('\n\n');
}

function renderComparison(comparison: Comparison): string {
  const { metric, direction, rows, champion, challenger, gain, interval } = comparison;
  return [
    '## Champion and challenger',
    markdownTable(
      ['', 'version', metric],
      [
        ['champion', champion.version, figure(champion.score)],
        ['challenger', challenger.version, figure(challenger.score)],
      ],
    ),
    `On the same ${rows} held-out rows; ${metric} is to be ${direction}d. Gain ${figure(gain)}, ` +
      `${figure(100 * comparison.confidence)} % interval ${range(interval)} by a paired bootstrap; ` +
      `the margin is ${figure(comparison.margin)}.`,
    ...comparison.warnings.map((warning) => `- ⚠ ${warning}`),
  ].join('\n\n');
}
