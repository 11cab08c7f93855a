import type { Pipeline } from '../schemas/pipeline.ts';
import { edgesOf, labelOf, nodesOf } from './graph-edges.ts';

/** A graph in Mermaid's language, for Markdown. */
export function renderMermaid(pipeline: Pipeline): string {
  const nodes = nodesOf(pipeline).map(({ step, isLast }) => {
    const text = labelOf(step).join('<br/>').replaceAll('"', '#quot;');
    const [open, close] =
      step.uses === 'approval' ? ['{{', '}}'] : isLast ? ['[/', '/]'] : ['[', ']'];
    return `  ${nodeId(step.id)}${open}"${text}"${close}`;
  });
  const edges = edgesOf(pipeline).map(({ from, to, kind, label }) => {
    const arrow = kind === 'data' ? '-->' : '-.->';
    return `  ${nodeId(from)} ${arrow}${label === '' ? '' : `|${label}|`} ${nodeId(to)}`;
  });
  return `${['flowchart LR', ...nodes, ...edges].join('\n')}\n`;
}

/** Words of Mermaid's own, such as `end`, are no names of nodes. */
const nodeId = (id: string): string => `step_${id.replaceAll('-', '_')}`;
