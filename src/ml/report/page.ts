import { Marked } from 'marked';
import { renderSvg } from '../../pipelines/render-svg.ts';
import type { RunReport } from '../../schemas/report.ts';
import {
  calibrationChart,
  confusionChart,
  importanceChart,
  learningChart,
  precisionRecallChart,
  predictionsChart,
  residualsChart,
  rocChart,
  shapleyChart,
  trialsChart,
} from './charts.ts';
import { pageStyle } from './page-style.ts';
import { renderSections } from './render-report.ts';

/** A confusion matrix of more classes can't be read as a picture. */
const MOST_CLASSES = 12;

type Section = keyof ReturnType<typeof renderSections>;

const TITLES: Record<Section, string> = {
  result: 'Result',
  decisions: 'Decided for you',
  data: 'Data',
  selection: 'Models',
  tuning: 'Tuning',
  optimisation: 'Optimisation',
  evaluation: 'Test rows',
  importance: 'What matters',
  errors: 'Errors',
  exports: 'Formats',
  steps: 'Steps',
  provenance: 'Where it comes from',
};

/**
 * A run's report as one page of HTML that needs nothing else: the Markdown report, with charts as
 * SVG. What comes from data is text alone: no markup in it is taken for such.
 */
export function renderPage(report: RunReport): string {
  const sections = Object.entries(renderSections(report)) as [Section, string][];
  const links = sections.map(([id]) => `<a href="#${id}">${TITLES[id]}</a>`).join('');
  const body = sections.map(
    ([id, markdown]) =>
      `<section id="${id}">${toHtml(markdown)}${figures(id, chartsOf(id, report))}</section>`,
  );
  const { model, version } = report;
  const title = escapeHtml(`${model}${version === null ? '' : `, version ${version}`}`);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><link rel="icon" href="data:,"><style>${pageStyle}</style></head>`,
    `<body><nav>${links}</nav><main>${body.join('\n')}</main></body></html>\n`,
  ].join('\n');
}

interface Figure {
  readonly caption: string;
  readonly svg: string;
  /** It takes all the width that there is. */
  readonly isWide?: boolean;
}

function chartsOf(section: Section, report: RunReport): Figure[] {
  const { insights, test, learning, problem, trials } = report;
  const isBetter = (a: number, b: number) => (problem.direction === 'maximise' ? a > b : a < b);
  switch (section) {
    case 'tuning':
      return trials.length < 2
        ? []
        : [
            {
              caption: `${problem.metric} on validation rows, trial by trial`,
              svg: trialsChart(
                trials.map(({ score }) => score),
                isBetter,
                problem.metric,
              ),
            },
          ];
    case 'optimisation':
      return learning
        .filter(({ epochs }) => epochs.length > 1 && epochs.some(({ loss }) => loss !== null))
        .map(({ name, epochs }) => ({
          caption: `Learning curve, ${name}`,
          svg: learningChart(epochs),
        }));
    case 'evaluation':
      return problem.task === 'regression' ? regressionCharts(report) : classCharts(report);
    case 'importance':
      return insights.importance.length === 0
        ? []
        : [
            {
              caption: 'Permutation importance',
              svg: importanceChart(insights.importance, test.metric),
            },
            { caption: 'Shapley values', svg: shapleyChart(insights.importance) },
          ];
    case 'steps':
      return stepsGraph(report);
    default:
      return [];
  }
}

function stepsGraph({ steps }: RunReport): Figure[] {
  if (steps === null) return [];
  const states = Object.fromEntries(steps.done.map(({ id, status }) => [id, status]));
  const caption = 'What was handed from step to step; the last one writes this report';
  return [{ caption, svg: renderSvg(steps.plan, states), isWide: true }];
}

const regressionCharts = ({ insights: { predictions } }: RunReport): Figure[] => [
  { caption: 'Predicted over true values', svg: predictionsChart(predictions) },
  { caption: 'Residuals', svg: residualsChart(predictions) },
];

function classCharts({ insights, test }: RunReport): Figure[] {
  const { roc, precisionRecall, calibration, uncalibrated } = insights;
  const figures: Figure[] = [];
  if (test.perClass.length <= MOST_CLASSES) {
    figures.push({ caption: 'Confusion matrix', svg: confusionChart(test) });
  }
  if (roc.length > 0) figures.push({ caption: 'ROC (area)', svg: rocChart(roc) });
  if (precisionRecall.length > 0) {
    figures.push({
      caption: 'Precision and recall (area)',
      svg: precisionRecallChart(precisionRecall),
    });
  }
  figures.push({ caption: 'Calibration', svg: calibrationChart(calibration, uncalibrated) });
  return figures;
}

function figures(section: Section, all: readonly Figure[]): string {
  if (all.length === 0) return '';
  const shown = all.map(({ caption, svg, isWide }, index) => {
    const open = isWide === true ? '<figure class="wide">' : '<figure>';
    return `${open}${renameParts(svg, `${section}-${index}`)}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  });
  return `<div class="figures">${shown.join('')}</div>`;
}

/** The names of parts of a chart are counted by process; here they depend on the place alone. */
function renameParts(svg: string, place: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\bzr\d+-\w+(?:-\w+)*/g, (name) => {
    const own = names.get(name) ?? `${place}-${names.size}`;
    names.set(name, own);
    return own;
  });
}

const markdown = new Marked({
  renderer: {
    // Names and values come from the user's data.
    html: ({ text }) => escapeHtml(text),
    link: ({ raw }) => escapeHtml(raw),
    image: ({ raw }) => escapeHtml(raw),
  },
  hooks: {
    postprocess: (html) =>
      html
        .replaceAll('<table>', '<div class="table"><table>')
        .replaceAll('</table>', '</table></div>'),
  },
});

const toHtml = (text: string): string => markdown.parse(text, { async: false });

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
