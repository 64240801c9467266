/**
 * Turns the tree of transformations into a job's program: the StreamGraph as data and, beside it, the functions
 * (Flink: `StreamGraphGenerator`).
 *
 * Invariants:
 * - Equal programs give equal graphs: ids count up from 1 in the order of translation, which is the order in which
 *   operators were made, inputs before what reads them.
 * - Every setting is resolved here and nowhere else. Parallelism: operator, then environment, then configuration.
 * - A graph that breaks a rule is refused with `GRAPH_INVALID`, naming the operators.
 */
import { CacheSink } from '../connectors/cache/cache-sink.js';
import { CacheSource } from '../connectors/cache/cache-source.js';
import type { CachedResult } from '../connectors/cache/cached-result.js';
import { FlinkError } from '../core/errors.js';
import type { Partitioning, StreamEdge, StreamGraph, StreamNode } from '../graph/stream-graph.js';
import { batchByKey } from '../operators/batch-by-key.js';
import { sinkOperator } from '../operators/sink-operator.js';
import type { EdgeFunction, JobProgram, NodeDefinition } from '../program/job-program.js';
import { PASS_ON_TIMESTAMPS } from '../program/missing-timestamps.js';
import { keyFunctionOf } from './key-function.js';
import type { CacheTransformation, DefinitionFacts, OperatorTransformation, PhysicalTransformation, ResolvedRuntimeMode, SourceTransformation, Transformation } from './transformation.js';
import { declaredParallelism, physicalInputs } from './transformation.js';

/** What the environment and the configuration say about the whole job. */
export interface JobSettings {
  readonly jobName: string;
  readonly runtimeMode: 'STREAMING' | 'BATCH' | 'AUTOMATIC';
  readonly parallelism: number;
  /** -1 when nobody set one. */
  readonly maxParallelism: number;
  readonly bufferTimeoutMs: number;
  readonly chainingEnabled: boolean;
  readonly chainDifferentMaxParallelism: boolean;
  /** Whether operators may go without a uid. */
  readonly autoGenerateUids: boolean;
  readonly autoWatermarkIntervalMs: number;
  readonly globalJobParameters: Readonly<Record<string, string>>;
  /** Called for everything that the job is to keep for later ones. */
  readonly caches?: (cached: CachedResult) => void;
}

const DEFAULT_SLOT_SHARING_GROUP = 'default';

/** Translates everything that `roots` (the operators of a job, in the order in which they were made) reads from. */
export function generateStreamGraph(roots: readonly OperatorTransformation[], settings: JobSettings): Omit<JobProgram, 'collectors'> {
  if (roots.length === 0) {
    throw new FlinkError('GRAPH_INVALID', 'No operators defined in streaming topology. Cannot execute.', {
      hint: 'Give a stream a sink (print(), sinkTo(…)) before execute(); after an execute() the environment starts empty.',
    });
  }
  const translation = new Translation(settings, runtimeModeOf(roots, settings));
  for (const root of roots) translation.node(root);
  return translation.program();
}

/** What a path from a node to its consumer has picked up on the way. */
interface Route {
  readonly partitioning?: Partitioning;
  readonly edgeFunction?: EdgeFunction;
  readonly sideOutput?: string;
}

interface Upstream extends Route {
  readonly node: StreamNode;
}

class Translation {
  private readonly nodes: StreamNode[] = [];
  private readonly edges: StreamEdge[] = [];
  private readonly definitions = new Map<number, NodeDefinition>();
  private readonly edgeFunctions = new Map<number, EdgeFunction>();
  private readonly translated = new Map<PhysicalTransformation, StreamNode>();
  private readonly caches = new Map<CachedResult, CacheEnds>();
  /** Their records are known to carry no timestamps. */
  private readonly withoutTimestamps = new Set<StreamNode>();

  constructor(
    private readonly settings: JobSettings,
    private readonly runtimeMode: ResolvedRuntimeMode,
  ) {}

  program(): Omit<JobProgram, 'collectors'> {
    checkColocations(this.nodes);
    const { settings } = this;
    const graph: StreamGraph = {
      jobName: settings.jobName,
      runtimeMode: this.runtimeMode,
      chainingEnabled: settings.chainingEnabled,
      chainDifferentMaxParallelism: settings.chainDifferentMaxParallelism,
      maxParallelism: settings.maxParallelism,
      globalJobParameters: { ...settings.globalJobParameters },
      nodes: this.nodes,
      edges: this.edges,
    };
    return { graph, definitions: this.definitions, edgeFunctions: this.edgeFunctions };
  }

  /** The node of a transformation, made on first use. */
  node(transformation: PhysicalTransformation): StreamNode {
    const known = this.translated.get(transformation);
    if (known) return known;
    const inputs = transformation.kind === 'operator' ? transformation.inputs.map((input) => this.upstreams(input, {})) : [];
    const timestamps = inputs.flat().some((input) => !this.withoutTimestamps.has(input.node));
    const definition = this.definition(transformation, timestamps);
    const node = this.makeNode(transformation, definition, inputs);
    this.nodes.push(node);
    this.translated.set(transformation, node);
    if (definition.kind === 'source' ? definition.source.givesTimestamps === false : !timestamps && PASS_ON_TIMESTAMPS.has(node.operator)) this.withoutTimestamps.add(node);
    this.definitions.set(node.id, definition);
    for (const [input, upstreams] of inputs.entries()) {
      for (const upstream of upstreams) this.connect(upstream, node, input, transformation.settings.keepsBarriersBehind === true);
    }
    return node;
  }

  private upstreams(transformation: Transformation, route: Route): Upstream[] {
    switch (transformation.kind) {
      case 'source':
      case 'operator':
        return [{ node: this.node(transformation), ...route }];
      case 'union':
        return transformation.inputs.flatMap((input) => this.upstreams(input, route));
      case 'cache':
        return this.cached(transformation, route);
      case 'side-output':
        return this.upstreams(transformation.input, { ...route, sideOutput: transformation.tag.id });
      case 'partition': {
        // Of several partitionings in a row the last one counts.
        const { input, partitioning, edgeFunction } = transformation;
        return this.upstreams(input, route.partitioning ? route : { ...route, partitioning, ...(edgeFunction && { edgeFunction }) });
      }
    }
  }

  /** What is kept is read; otherwise a job in batch mode keeps it on the way. */
  private cached(transformation: CacheTransformation, route: Route): Upstream[] {
    const { cached, input } = transformation;
    const ends = this.caches.get(cached) ?? cacheEnds(transformation);
    if (cached.isFilled) {
      this.caches.set(cached, ends);
      return [{ node: this.node(ends.reading), ...route }];
    }
    if (this.runtimeMode === 'BATCH' && !this.caches.has(cached)) {
      this.caches.set(cached, ends);
      this.node(ends.writing);
      this.settings.caches?.(cached);
    }
    return this.upstreams(input, route);
  }

  private makeNode(transformation: PhysicalTransformation, definition: NodeDefinition, inputs: readonly Upstream[][]): StreamNode {
    const { settings } = transformation;
    const isSource = transformation.kind === 'source';
    const kind = isSource ? 'source' : transformation.role;
    const parallelism = this.parallelismOf(transformation, inputs);
    const node: StreamNode = {
      id: this.nodes.length + 1,
      name: shownName(transformation, kind),
      operator: transformation.operator,
      kind,
      legacySource: isSource && transformation.legacy,
      bounded: isSource && transformation.source.boundedness === 'BOUNDED',
      parallelism,
      maxParallelism: settings.maxParallelism ?? -1,
      slotSharingGroup: settings.slotSharingGroup ?? this.groupOfColocated(transformation) ?? inheritedGroup(inputs),
      chaining: settings.chaining,
      yielding: definition.kind === 'operator' && definition.operator.yielding === true,
      inputs: inputs.length,
      keyedInputs: isSource ? [] : [...transformation.keyedInputs],
      bufferTimeoutMs: settings.bufferTimeoutMs ?? this.settings.bufferTimeoutMs,
      ...(settings.uid !== undefined && { uid: settings.uid }),
      ...(settings.uidHash !== undefined && { uidHash: settings.uidHash }),
      ...(settings.description !== undefined && { description: settings.description }),
      ...(!isSource && transformation.colocation !== undefined && { colocation: transformation.colocation }),
      ...(!settings.canBeParallel && { nonParallel: true }),
    };
    checkMaxParallelism(node, this.settings.maxParallelism);
    // What goes with a source or an iteration has no settings of its own.
    const isNamed = node.uid !== undefined || node.uidHash !== undefined || (!isSource && transformation.followsInput === true);
    if (!this.settings.autoGenerateUids && !isNamed) throw withoutUid(node);
    return node;
  }

  /** The ends of an iteration share slots. */
  private groupOfColocated(transformation: PhysicalTransformation): string | undefined {
    if (transformation.kind === 'source' || transformation.colocation === undefined) return undefined;
    return this.nodes.find(({ colocation }) => colocation === transformation.colocation)?.slotSharingGroup;
  }

  private parallelismOf(transformation: PhysicalTransformation, inputs: readonly Upstream[][]): number {
    const { settings } = transformation;
    if (settings.parallelism !== undefined) return settings.parallelism;
    if (!settings.canBeParallel) return 1;
    const followed = transformation.kind === 'operator' && transformation.followsInput ? inputs[0]?.[0]?.node : undefined;
    return followed?.parallelism ?? settings.environmentParallelism ?? this.settings.parallelism;
  }

  /** @param timestamps whether its records may carry some. */
  private definition(transformation: PhysicalTransformation, timestamps: boolean): NodeDefinition {
    if (transformation.kind === 'source') return { kind: 'source', source: transformation.source };
    const facts: DefinitionFacts = { runtimeMode: this.runtimeMode, autoWatermarkIntervalMs: this.settings.autoWatermarkIntervalMs };
    const operator = transformation.define(facts);
    if (this.runtimeMode === 'STREAMING') return { kind: 'operator', operator };
    if (transformation.keyedInputs.length === 0) return { kind: 'operator', operator: operator.inBatch ?? operator };
    return { kind: 'operator', operator: batchByKey(operator, transformation.inputs.map(keyFunctionOf), timestamps) };
  }

  private connect(upstream: Upstream, target: StreamNode, input: number, aligned: boolean): void {
    const { node: source, sideOutput, edgeFunction } = upstream;
    const partitioning = upstream.partitioning ?? (source.parallelism === target.parallelism ? 'FORWARD' : 'REBALANCE');
    if (partitioning === 'FORWARD' && source.parallelism !== target.parallelism) throw unequalForward(source, target);
    const ordinal = this.edges.filter((edge) => edge.source === source.id && edge.target === target.id && edge.input === input).length;
    if (edgeFunction) this.edgeFunctions.set(this.edges.length, edgeFunction);
    this.edges.push({ source: source.id, target: target.id, input, partitioning, ...(sideOutput !== undefined && { sideOutput }), ...(aligned && { aligned }), ordinal });
  }
}

interface CacheEnds {
  readonly reading: SourceTransformation;
  readonly writing: OperatorTransformation;
}

function cacheEnds({ cached, input }: CacheTransformation): CacheEnds {
  const common = { canBeParallel: true, chaining: 'ALWAYS' } as const;
  const parallelism = physicalInputs(input).map(declaredParallelism)[0];
  return {
    reading: { kind: 'source', operator: 'Source', legacy: false, source: new CacheSource(cached), settings: { ...common, name: 'CacheRead', ...(parallelism !== undefined && { parallelism }) } },
    writing: { kind: 'operator', role: 'sink', operator: 'CacheWrite', settings: { ...common, name: 'CacheWrite' }, inputs: [input], keyedInputs: [], followsInput: true, define: () => sinkOperator(new CacheSink(cached.id)) },
  };
}

/** Flink writes what a node is in front of its name, except for an iteration's ends. */
function shownName(transformation: PhysicalTransformation, kind: StreamNode['kind']): string {
  const { name } = transformation.settings;
  if (kind === 'source') return `Source: ${name}`;
  return kind === 'sink' && transformation.kind === 'operator' && transformation.colocation === undefined ? `Sink: ${name}` : name;
}

/** An operator shares slots with its inputs when they agree on a group. */
function inheritedGroup(inputs: readonly Upstream[][]): string {
  const groups = new Set(inputs.flat().map(({ node }) => node.slotSharingGroup));
  const [only] = groups;
  return groups.size === 1 && only !== undefined ? only : DEFAULT_SLOT_SHARING_GROUP;
}

function runtimeModeOf(roots: readonly OperatorTransformation[], settings: JobSettings): ResolvedRuntimeMode {
  if (settings.runtimeMode === 'STREAMING') return 'STREAMING';
  const unbounded = sourcesOf(roots).find(({ source }) => source.boundedness !== 'BOUNDED');
  if (!unbounded) return 'BATCH';
  if (settings.runtimeMode === 'AUTOMATIC') return 'STREAMING';
  throw new FlinkError('GRAPH_INVALID', `the runtime mode BATCH needs bounded sources, but "Source: ${unbounded.settings.name}" never ends`, {
    hint: 'Set execution.runtime-mode to STREAMING or AUTOMATIC, or bound the source.',
  });
}

function sourcesOf(roots: readonly OperatorTransformation[]): SourceTransformation[] {
  const seen = new Set<PhysicalTransformation>();
  const waiting: PhysicalTransformation[] = [...roots];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.kind === 'operator') waiting.push(...next.inputs.flatMap(physicalInputs));
  }
  return [...seen].filter((transformation) => transformation.kind === 'source');
}

function checkMaxParallelism(node: StreamNode, jobMaximum: number): void {
  const [maximum, whose] = node.maxParallelism > 0 ? [node.maxParallelism, 'its own'] : [jobMaximum, "the job's"];
  if (maximum > 0 && node.parallelism > maximum) {
    throw new FlinkError('GRAPH_INVALID', `"${node.name}" has parallelism ${node.parallelism}, more than ${whose} maximum parallelism of ${maximum}`, {
      hint: 'Lower the parallelism with setParallelism, or raise the maximum with setMaxParallelism.',
    });
  }
}

function withoutUid({ name }: StreamNode): FlinkError {
  return new FlinkError('GRAPH_INVALID', `Auto generated UIDs have been disabled but no UID or hash has been assigned to operator "${name}"`, { hint: 'Call uid() on it, or set pipeline.auto-generate-uids to true.' });
}

function unequalForward(source: StreamNode, target: StreamNode): FlinkError {
  return new FlinkError(
    'GRAPH_INVALID',
    `forward partitioning needs equal parallelism on both sides; "${source.name}" has ${source.parallelism} and "${target.name}" has ${target.parallelism}`,
    { hint: 'Give both the same parallelism, or use rebalance, rescale, shuffle, broadcast or global.' },
  );
}

/** An iteration is a head and at least one tail, all with the same number of subtasks. */
function checkColocations(nodes: readonly StreamNode[]): void {
  const [heads, tails] = [nodes.filter(({ colocation, kind }) => colocation && kind !== 'sink'), nodes.filter(({ colocation, kind }) => colocation && kind === 'sink')];
  for (const head of heads) {
    const own = tails.filter(({ colocation }) => colocation === head.colocation);
    if (own.length === 0) {
      throw new FlinkError('GRAPH_INVALID', `the iteration "${head.name}" has no feedback`, { hint: 'Close it: iteration.closeWith(stream).' });
    }
    const other = own.find(({ parallelism }) => parallelism !== head.parallelism);
    if (other) {
      throw new FlinkError('GRAPH_INVALID', `an iteration's feedback needs the parallelism of its start; "${head.name}" has ${head.parallelism} and the feedback has ${other.parallelism}`, {
        hint: 'Set the parallelism of the operator given to closeWith.',
      });
    }
  }
}
