/**
 * How a vertex is described in plans: its operators as a tree, in lines for web pages (Flink's
 * `pipeline.vertex-description-mode: TREE`).
 */
import type { JobDescription } from '../cluster/running-job.js';

type JobVertex = JobDescription['jobGraph']['vertices'][number];

/** `Source: Numbers<br/>:- Map<br/>:  +- Filter<br/>+- Sink: Print<br/>` */
export function describeVertex({ operators, chainedEdges }: Pick<JobVertex, 'operators' | 'chainedEdges'>): string {
  const lines: string[] = [];
  const describe = (nodeId: number, prefix: string, below: string): void => {
    const { name } = operators.find((operator) => operator.nodeId === nodeId)!;
    lines.push(`${prefix}${escaped(name)}<br/>`);
    const next = chainedEdges.filter(({ sourceNode }) => sourceNode === nodeId);
    next.forEach(({ targetNode }, i) => {
      const last = i === next.length - 1;
      describe(targetNode, `${below}${last ? '+- ' : ':- '}`, `${below}${last ? '   ' : ':  '}`);
    });
  };
  describe(operators[0]!.nodeId, '', '');
  return lines.join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
