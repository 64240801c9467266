/**
 * Says what went wrong, once, in one paragraph: what failed, in which operator and subtask, on which record, at
 * which line of the job, and what to do next.
 *
 * Invariant: a stack trace is shown only when it was asked for (`-v`).
 */
import { FlinkError, type ErrorCode, type ErrorPlace, type SourceLocation } from '../core/errors.js';
import type { ExitCode } from './exit-codes.js';
import type { Paint } from './terminal.js';
import type { UserSources } from './user-stack.js';

export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly place: ErrorPlace | undefined;
  readonly location: SourceLocation | undefined;
  readonly exit: ExitCode;
  /** Messages of the causes that the message itself does not repeat. */
  readonly because: readonly string[];
  readonly stack: string;
}

/** Gathers what is known about an error; `sources` finds the job's own lines in its stack. */
export async function reportError(error: unknown, exit: ExitCode, sources?: UserSources): Promise<ErrorReport> {
  const chain = causes(error);
  const [head] = chain;
  const flink = chain.find((one): one is FlinkError => one instanceof FlinkError);
  const known = flink ?? new FlinkError('INTERNAL', messageOf(head));
  const stacks = chain.map((one) => one.stack ?? String(one));
  const shown: string[] = [];
  for (const stack of stacks) shown.push(sources ? await sources.rewrite(stack) : stack);
  return {
    code: known.code,
    message: known === flink && head !== flink ? `${messageOf(head)}: ${known.message}` : known.message,
    hint: known.hint,
    place: known.place,
    location: known.location ?? (await firstLocation(stacks, sources)),
    exit,
    because: chain.map((one) => one.message).filter((message, at, all) => at > 0 && message !== '' && !all.slice(0, at).some((earlier) => earlier.includes(message))),
    stack: shown.join('\nCaused by: '),
  };
}

/** The paragraph for people. */
export function renderError(report: ErrorReport, paint: Paint, verbose: boolean): string {
  const { place, location } = report;
  const lines = [`${paint.bad('Error')} ${paint.faint(`[${report.code}]`)} ${paint.strong(report.message)}`];
  const labelled = (label: string, text: string): void => void lines.push(`  ${paint.faint(label.padEnd(8))} ${text}`);
  if (place?.operator !== undefined) labelled('in', `operator "${place.operator}"${subtaskOf(place)}`);
  if (place?.record !== undefined) labelled('record', place.record);
  for (const cause of report.because) labelled('because', firstLine(cause));
  if (location) {
    labelled('at', `${location.file}:${location.line}${location.column === undefined ? '' : `:${location.column}`}`);
    lines.push(...codeFrame(location, paint));
  }
  labelled('hint', report.hint);
  if (verbose) lines.push(paint.faint(report.stack));
  return lines.join('\n');
}

/** The object for programs. */
export function errorJson(report: ErrorReport): { error: Record<string, unknown> } {
  const { code, message, hint, place, location, exit } = report;
  const where = location && { file: location.file, line: location.line, column: location.column };
  return { error: { code, message, hint, place: place ?? null, location: where ?? null, exit } };
}

const FRAME_WIDTH = 160;

function codeFrame({ line, column, text }: SourceLocation, paint: Paint): string[] {
  if (text === undefined || text.length > FRAME_WIDTH) return [];
  const number = String(line);
  const shown = text.replaceAll('\t', ' ');
  const frame = [`  ${' '.repeat(9)}${paint.faint(`${number} |`)} ${shown}`];
  if (column !== undefined) frame.push(`  ${' '.repeat(9)}${paint.faint(`${' '.repeat(number.length)} |`)} ${' '.repeat(column - 1)}${paint.bad('^')}`);
  return frame;
}

function subtaskOf({ subtask, parallelism }: ErrorPlace): string {
  if (subtask === undefined) return '';
  return ` (subtask ${subtask + 1}${parallelism === undefined ? '' : ` of ${parallelism}`})`;
}

const CAUSES_MAX = 8;

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let next: unknown = error; next !== undefined && next !== null && chain.length < CAUSES_MAX; next = (next as Error).cause) {
    chain.push(next instanceof Error ? next : new Error(typeof next === 'string' ? next : JSON.stringify(next)));
    if (!(next instanceof Error)) break;
  }
  return chain.length > 0 ? chain : [new Error(String(error))];
}

async function firstLocation(stacks: readonly string[], sources: UserSources | undefined): Promise<SourceLocation | undefined> {
  for (const stack of stacks) {
    const found = await sources?.locate(stack);
    if (found) return found;
  }
  return undefined;
}

function messageOf(error: Error | undefined): string {
  if (!error) return 'unknown error';
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
