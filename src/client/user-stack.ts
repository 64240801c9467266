/**
 * Finds a job author's own place in a stack trace: frames inside the bundle are mapped through its source map.
 *
 * The map is read when the first error needs it, so a run without errors pays nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TraceMap } from '@jridgewell/trace-mapping';
import type { SourceLocation } from '../core/errors.js';
import { displayPath } from './job-file.js';

interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Mapped from the bundle, so surely the job's code or a package of its. */
  readonly mapped: boolean;
  readonly text?: string | undefined;
}

interface Trace {
  readonly map: TraceMap;
  readonly tracing: typeof import('@jridgewell/trace-mapping');
  /** Absolute paths of the map's sources. */
  readonly files: readonly string[];
}

const POSITION = /(file:\/\/[^\s()]+?|\/[^\s():]+):(\d+):(\d+)/g;
const INLINE_MAP = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

export class UserSources {
  private trace: Promise<Trace | undefined> | undefined;
  private readonly bundlePath: string;

  /**
   * @param bundleUrl `file:` URL of the bundle that runs
   * @param sourceFolder what relative paths in its source map are relative to
   * @param folder what paths are shown relative to
   */
  constructor(bundleUrl: string, private readonly sourceFolder: string, private readonly folder: string = process.cwd()) {
    this.bundlePath = fileURLToPath(bundleUrl);
  }

  /** The first place in the job's own code; a package's code counts only when there is no other. */
  async locate(stack: string): Promise<SourceLocation | undefined> {
    const frames = (await this.frames(stack)).filter((frame) => frame.mapped);
    const found = frames.find((frame) => !frame.file.includes('/node_modules/')) ?? frames[0];
    if (!found) return undefined;
    const text = found.text ?? lineOf(found.file, found.line);
    return { file: displayPath(found.file, this.folder), line: found.line, column: found.column, ...(text === undefined ? {} : { text }) };
  }

  /** The stack with every place in the bundle replaced by the place in the sources. */
  async rewrite(stack: string): Promise<string> {
    const frames = await this.frames(stack);
    let next = 0;
    return stack.replace(POSITION, (whole) => {
      const frame = frames[next++];
      return frame?.mapped ? `${displayPath(frame.file, this.folder)}:${frame.line}:${frame.column}` : whole;
    });
  }

  private async frames(stack: string): Promise<Frame[]> {
    const places = [...stack.matchAll(POSITION)];
    if (places.length === 0) return [];
    const trace = await (this.trace ??= this.load());
    return places.map(([, url, line, column]) => this.frame(pathOf(url!), Number(line), Number(column), trace));
  }

  private frame(file: string, line: number, column: number, trace: Trace | undefined): Frame {
    // Where Node maps stacks itself, the place is already one in the sources.
    if (file !== this.bundlePath) return { file, line, column, mapped: trace?.files.includes(file) ?? false };
    if (!trace) return { file, line, column, mapped: true };
    // Columns count from 1 in stacks and from 0 in source maps.
    const { map, tracing: { LEAST_UPPER_BOUND, originalPositionFor } } = trace;
    const at = originalPositionFor(map, { line, column: column - 1 });
    // Where only the line is known, the column is before the first that is in the map.
    const original = at.source === null ? originalPositionFor(map, { line, column: column - 1, bias: LEAST_UPPER_BOUND }) : at;
    if (original.source === null) return { file, line, column, mapped: false };
    const index = map.sources.indexOf(original.source);
    const text = map.sourcesContent?.[index]?.split('\n')[original.line - 1];
    return { file: trace.files[index]!, line: original.line, column: original.column + 1, mapped: true, text };
  }

  private async load(): Promise<Trace | undefined> {
    // Before the bundle is in place nothing of it can be in a stack.
    const inline = existsSync(this.bundlePath) ? INLINE_MAP.exec(readFileSync(this.bundlePath, 'utf8'))?.[1] : undefined;
    if (inline === undefined) return undefined;
    const tracing = await import('@jridgewell/trace-mapping');
    const map = new tracing.TraceMap(Buffer.from(inline, 'base64').toString('utf8'));
    return { map, tracing, files: map.sources.map((source) => resolve(this.sourceFolder, plainPath(source ?? ''))) };
  }
}

/** The path of a module; each slot loads the bundle under a query of its own. */
function pathOf(url: string): string {
  const bare = url.replace(/\?.*$/s, '');
  return bare.startsWith('file:') ? fileURLToPath(bare) : bare;
}

/** Source maps name files as parts of URLs. */
function plainPath(source: string): string {
  try {
    return decodeURIComponent(source);
  } catch {
    return source;
  }
}

function lineOf(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')[line - 1];
  } catch {
    return undefined;
  }
}
