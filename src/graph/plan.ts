/**
 * The plan of a job: Flink's JSON for programs (`flink info`, `getExecutionPlan`) and a tree for people.
 */
import { chainObstacle } from './chaining.js';
import type { JobEdge, JobGraph, JobVertex } from './job-graph.js';
import type { Partitioning, StreamGraph, StreamNode } from './stream-graph.js';
import { explicitMaxParallelism, type Topology, topologyOf } from './topology.js';
import { createJobGraph } from './translate.js';

/** Flink's plan of a StreamGraph: one entry a node, ids as in the graph. */
export interface StreamPlan {
  readonly nodes: readonly StreamPlanNode[];
}

export interface StreamPlanNode {
  readonly id: number;
  /** The operator's name. */
  readonly type: string;
  readonly pact: 'Data Source' | 'Operator' | 'Data Sink';
  /** The operator's description; its name when it has none. */
  readonly contents: string;
  readonly parallelism: number;
  /** Absent for sources. */
  readonly predecessors?: readonly StreamPlanPredecessor[];
}

export interface StreamPlanPredecessor {
  readonly id: number;
  readonly ship_strategy: Partitioning;
  /** Flink writes this for every input of a streaming job. */
  readonly side: 'second';
}

const PACTS = { source: 'Data Source', operator: 'Operator', sink: 'Data Sink' } as const satisfies Record<StreamNode['kind'], string>;
const NO_JOB = '0'.repeat(32);
const DEFAULT_SLOT_SHARING_GROUP = 'default';

/** Flink's `getExecutionPlan()`, as data. */
export function streamPlan(graph: StreamGraph): StreamPlan {
  const topology = topologyOf(graph);
  return {
    nodes: graph.nodes.map((node) => {
      const predecessors = topology.inEdges(node.id).map((edge) => ({ id: edge.source, ship_strategy: edge.partitioning, side: 'second' as const }));
      return {
        id: node.id,
        type: node.name,
        pact: PACTS[node.kind],
        contents: node.description ?? node.name,
        parallelism: node.parallelism,
        ...(predecessors.length > 0 ? { predecessors } : {}),
      };
    }),
  };
}

/** Flink's `getExecutionPlan()`, spaced as Flink spaces it: `"parallelism" : 4`. */
export function streamPlanText(graph: StreamGraph): string {
  return spacedJson(streamPlan(graph), '');
}

function spacedJson(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return value.length === 0 ? '[ ]' : `[ ${value.map((one) => spacedJson(one, indent)).join(', ')} ]`;
  const fields = Object.entries(value).map(([key, inner]) => `${deeper}${JSON.stringify(key)} : ${spacedJson(inner, deeper)}`);
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

/**
 * The plan as a tree: each task with the operators chained into it, where its records come from and where they go.
 *
 * @throws FlinkError GRAPH_INVALID when the graph cannot become a job.
 */
export function renderPlan(graph: StreamGraph): string {
  const job = createJobGraph(graph, NO_JOB);
  const subtasks = job.vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0);
  const header = `Job "${job.jobName}" (${job.runtimeMode}): ${count(job.vertices.length, 'task')}, ${count(subtasks, 'subtask')}`;
  const plan: Plan = { job, topology: topologyOf(graph), numbers: new Map(job.vertices.map((vertex, i) => [vertex.id, i + 1])) };
  return `${[header, ...job.vertices.map((vertex) => renderTask(plan, vertex))].join('\n\n')}\n`;
}

interface Plan {
  readonly job: JobGraph;
  readonly topology: Topology;
  /** By vertex id: tasks are numbered from 1, as ids say nothing to people. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** An operator with what it calls directly and the tasks it sends to. */
interface Tree {
  readonly label: string;
  readonly branches: readonly Tree[];
}

function renderTask(plan: Plan, vertex: JobVertex): string {
  const inputs = plan.job.edges.filter((edge) => edge.targetVertex === vertex.id);
  const severalInputs = new Set(inputs.map((edge) => `${edge.targetNode} ${edge.input}`)).size > 1;
  const incoming = inputs.map((edge) => {
    const input = severalInputs ? [`input ${edge.input + 1}`] : [];
    return `◄─ ${[taskName(plan, edge.sourceVertex), ...streamFacts(edge), ...input].join(', ')}${whyNotChained(plan, edge)}`;
  });
  const operators = treeLines(operatorTree(plan, vertex, vertex.operators[0]?.nodeId ?? 0));
  return [`${taskName(plan, vertex.id)}: ${taskFacts(plan, vertex).join(', ')}`, ...[...incoming, ...operators].map((line) => `  ${line}`)].join('\n');
}

function taskName(plan: Plan, vertexId: string): string {
  return `Task ${plan.numbers.get(vertexId)}`;
}

function taskFacts(plan: Plan, vertex: JobVertex): string[] {
  const { graph } = plan.topology;
  const facts = [`parallelism ${vertex.parallelism}`];
  const isExplicit = vertex.operators.some((operator) => explicitMaxParallelism(graph, plan.topology.node(operator.nodeId)) > 0);
  if (isExplicit) facts.push(`at most ${vertex.maxParallelism}`);
  if (vertex.slotSharingGroup !== DEFAULT_SLOT_SHARING_GROUP) facts.push(`slot-sharing group "${vertex.slotSharingGroup}"`);
  const beside = plan.job.vertices.filter((other) => other !== vertex && other.colocation !== undefined && other.colocation === vertex.colocation);
  for (const other of beside) facts.push(`beside ${taskName(plan, other.id)}`);
  return facts;
}

function operatorTree(plan: Plan, vertex: JobVertex, nodeId: number): Tree {
  const operator = plan.topology.node(nodeId);
  const uid = operator.uid === undefined ? '' : `  [uid ${operator.uid}]`;
  const sources = vertex.chainedEdges.filter((edge) => edge.targetNode === nodeId && nodeId === vertex.operators[0]?.nodeId);
  const from = sources.length === 0 ? '' : `  ◄─ ${sources.map((edge) => plan.topology.node(edge.sourceNode).name).join(', ')}`;
  const calls = vertex.chainedEdges.filter((edge) => edge.sourceNode === nodeId).map((edge): Tree => {
    const called = operatorTree(plan, vertex, edge.targetNode);
    return edge.sideOutput === undefined ? called : { ...called, label: `(${edge.sideOutput}) ${called.label}` };
  });
  const sends = plan.job.edges
    .filter((edge) => edge.sourceNode === nodeId)
    .map((edge): Tree => ({ label: `► ${[taskName(plan, edge.targetVertex), ...streamFacts(edge)].join(', ')}`, branches: [] }));
  return { label: operator.name + uid + from, branches: [...calls, ...sends] };
}

function treeLines(tree: Tree): string[] {
  const lines = [tree.label];
  for (const [i, branch] of tree.branches.entries()) {
    const isLast = i === tree.branches.length - 1;
    const [first = '', ...below] = treeLines(branch);
    lines.push(`${isLast ? '└─' : '├─'} ${first}`, ...below.map((line) => `${isLast ? '  ' : '│ '} ${line}`));
  }
  return lines;
}

function streamFacts(edge: JobEdge): string[] {
  return edge.sideOutput === undefined ? [edge.partitioning] : [edge.partitioning, `side output "${edge.sideOutput}"`];
}

/** Said where one might wonder: records go straight on, yet to another task. A union explains itself. */
function whyNotChained(plan: Plan, edge: JobEdge): string {
  const streamEdge = plan.topology.graph.edges[edge.streamEdge];
  if (!streamEdge || edge.partitioning !== 'FORWARD') return '';
  const obstacle = chainObstacle(plan.topology, streamEdge);
  return !obstacle || obstacle.kind === 'SEVERAL_INPUTS' || obstacle.kind === 'UNION' ? '' : ` (not chained: ${obstacle.because})`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
