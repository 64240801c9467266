/**
 * One registry of everything that can go wrong. A code says what, whose fault it is and whether trying again
 * helps; the command line, the REST API and the restart strategy all read the same object.
 *
 * Invariants: codes are stable between versions, messages are not; `docs/errors.md` lists exactly these codes.
 */

/** Whose fault it is: the job's author or caller, the world outside, or this engine. */
export type ErrorDomain = 'user' | 'external' | 'internal';

export interface ErrorKind {
  readonly domain: ErrorDomain;
  /** Whether the same attempt may succeed later. */
  readonly retry: 'none' | 'backoff';
  /** What went wrong in general, one sentence, for the documentation. */
  readonly summary: string;
  /** What a person can do about it; `FlinkError.hint` may be more specific. */
  readonly hint: string;
}

function kind(domain: ErrorDomain, retry: ErrorKind['retry'], summary: string, hint: string): ErrorKind {
  return { domain, retry, summary, hint };
}

export const ERROR_KINDS = {
  USAGE: kind('user', 'none', 'The command line is not valid.', 'See `flink --help`.'),
  CONFIGURATION: kind('user', 'none', 'A configuration key or value is not valid.', 'See docs/configuration.md for every key.'),
  JOB_FILE_MISSING: kind('user', 'none', 'The job file does not exist or cannot be read.', 'Check the path.'),
  JOB_COMPILE: kind('user', 'none', 'The job file does not compile.', 'Mend the line named and run again.'),
  JOB_PROGRAM: kind('user', 'none', 'The program threw while it built its graph.', 'Mend the line named and run again.'),
  JOB_NEVER_EXECUTED: kind('user', 'none', 'The program ended without calling execute().', 'Call `await env.execute()` after the last sink; a function that does so has to be called, or be the default export.'),
  INVALID_ARGUMENT: kind('user', 'none', 'An API call was given something it does not take.', 'Mend the call.'),
  GRAPH_INVALID: kind('user', 'none', 'The job graph breaks a rule.', 'Mend the transformation named.'),
  GRAPH_MISMATCH: kind('user', 'none', 'The program built another graph in a TaskManager than in the client.', 'Build the graph from arguments and constants only, not from time, randomness or the environment of one process.'),
  USER_FUNCTION: kind('user', 'backoff', 'A user function threw.', 'Mend the function, or handle the record that it could not take.'),
  JOB_CANCELED: kind('user', 'none', 'The job was cancelled before it finished.', 'Run it again if that was not meant.'),
  JOB_SUSPENDED: kind('external', 'none', 'The cluster of the job has ended, and goes on with the job when it starts again.', 'Start the cluster again.'),
  RECORD_NOT_SERIALIZABLE: kind('user', 'none', 'A record holds a value that cannot travel between threads.', 'Send plain data: numbers, strings, arrays, plain objects, Map, Set, Date, BigInt, typed arrays.'),
  KEY_INVALID: kind('user', 'none', 'A key selector returned something that cannot be a key.', 'Return a string, number, boolean, bigint, Date, or an array or plain object of those.'),
  STATE_ACCESS: kind('user', 'none', 'Keyed state or a timer was used where there is no key.', 'Call keyBy before the function that needs it, and use it only while a record or a timer is being handled.'),
  STATE_CONFLICT: kind('user', 'none', 'Two descriptors ask for different kinds of state under one name.', 'Give one of the two states another name.'),
  TIMESTAMP_MISSING: kind('user', 'none', 'A record without a timestamp reached an event-time window.', 'Call assignTimestampsAndWatermarks with a timestamp assigner before the window.'),
  STATE_INCOMPATIBLE: kind('user', 'none', 'State of a snapshot does not fit the program that is to go on from it.', 'Give the changed state another name, or start without the snapshot.'),
  STATE_NOT_SERIALIZABLE: kind('user', 'none', 'A state holds a value that cannot be stored in a snapshot.', 'Keep plain data in state: numbers, strings, arrays, plain objects, Map, Set, Date, BigInt, typed arrays; call registerClass for classes.'),
  STATE_STORE: kind('external', 'backoff', 'The local database of the state backend could not be opened, read or written.', 'Check the free space and the permissions of state.backend.level.localdir.'),
  RESULT_STORE: kind('external', 'backoff', 'What a task of a batch job has made for those after it could not be written, or is not there any more as it was written.', 'Check the free space and the permissions of state.backend.level.localdir.'),
  STATE_UNMATCHED: kind('user', 'none', 'A snapshot holds state of operators that the program does not have.', 'Give the operators their uids back, or pass -n (--allowNonRestoredState) to drop their state.'),
  SNAPSHOT_MISSING: kind('user', 'none', 'There is no snapshot at the path given.', 'Check the path; a snapshot is a folder with a file _metadata in it.'),
  SNAPSHOT_FOREIGN: kind('user', 'none', 'The file _metadata of a snapshot was not written by this engine.', 'Give the path of a checkpoint or savepoint that this engine took.'),
  SNAPSHOT_VERSION: kind('user', 'none', 'A snapshot was written by a newer version of this engine.', 'Restore it with that version or a later one.'),
  SNAPSHOT_FILE_MISSING: kind('external', 'none', 'A file that a snapshot needs is not there.', 'Go on from another snapshot.'),
  SNAPSHOT_TRUNCATED: kind('external', 'none', 'A file of a snapshot ends too early.', 'Go on from another snapshot.'),
  SNAPSHOT_IN_USE: kind('user', 'none', 'The snapshot belongs to a job that still runs.', 'Stop that job first.'),
  SNAPSHOT_CORRUPT: kind('external', 'none', 'A file of a snapshot is not as it was written.', 'Go on from another snapshot.'),
  CHECKPOINT_FAILED: kind('external', 'backoff', 'A checkpoint could not be completed.', 'See the cause; the job goes on from the checkpoint before.'),
  STOP_FAILED: kind('external', 'none', 'A job failed when the savepoint that it was to stop with was complete.', 'Go on from the savepoint: that also commits what its sinks have left uncommitted.'),
  CHECKPOINT_STORAGE: kind('external', 'backoff', 'Checkpoint storage could not be read or written.', 'Check the path, the permissions and the free space.'),
  INPUT_UNREADABLE: kind('external', 'backoff', 'A source could not read its input.', 'Check that it exists and that you may read it.'),
  OUTPUT_UNWRITABLE: kind('external', 'backoff', 'What was to be written could not be: output of a sink, standard output, a log, a temporary file.', 'Check the path, the permissions and the free space.'),
  CONNECTION: kind('external', 'backoff', 'A connection could not be made or was lost.', 'Check host and port and that the other side is running.'),
  TASK_MANAGER_LOST: kind('external', 'backoff', 'A TaskManager thread ended unexpectedly.', 'See the cause; a larger heap helps against memory exhaustion.'),
  OUT_OF_MEMORY: kind('user', 'backoff', 'A TaskManager thread ran out of memory.', 'Raise `taskmanager.memory.heap.size`, or keep less state per key.'),
  JOB_UNKNOWN: kind('user', 'none', 'No running job has the id or name given, or more than one.', 'See `flink list` for what runs.'),
  CLUSTER_REFUSED: kind('external', 'none', 'The cluster that runs the job refused what was asked of it.', 'See the message.'),
  NEEDS_CLUSTER: kind('user', 'none', 'The request needs a running session cluster.', 'Start one with `flink cluster start`.'),
  CLUSTER_RUNNING: kind('user', 'none', 'A session cluster runs already.', 'Use it, or end it with `flink cluster stop`.'),
  RESCALING_FAILED: kind('external', 'none', 'A running job could not be brought to another parallelism, and goes on as it was.', 'See the cause, and set the bounds again.'),
  SLOTS_MISSING: kind('external', 'backoff', 'A job of a session cluster waited too long for slots.', 'Cancel other jobs, or start the cluster with more slots.'),
  JOB_STORE: kind('external', 'backoff', 'The store of a session cluster that remembers its jobs could not be opened, read or written.', 'Check high-availability.storageDir, and that no other cluster uses it.'),
  JOB_PROCESS_LOST: kind('user', 'backoff', 'The process of a job in a session cluster ended unexpectedly.', 'See the log of the job.'),
  TIMEOUT: kind('external', 'backoff', 'Something took longer than allowed.', 'Try again, or raise the time allowed.'),
  INTERNAL: kind('internal', 'none', 'The engine broke one of its own rules.', 'Please report this with the message.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** Where in a job an error happened. */
export interface ErrorPlace {
  readonly operator?: string;
  /** From 0. */
  readonly subtask?: number;
  readonly parallelism?: number;
  /** The record being processed, shortened for people. */
  readonly record?: string;
}

/** A position in a file a person wrote. */
export interface SourceLocation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column?: number;
  /** The whole line, for showing it. */
  readonly text?: string;
}

export interface FlinkErrorOptions {
  readonly cause?: unknown;
  readonly hint?: string;
  readonly place?: ErrorPlace;
  readonly location?: SourceLocation;
}

/** An error a person can act on. `message` says what was expected and what came instead. */
export class FlinkError extends Error {
  override readonly name: string = 'FlinkError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly place: ErrorPlace | undefined;
  /** Where in a file the cause is, when that is known before the error is printed. */
  readonly location: SourceLocation | undefined;

  constructor(code: ErrorCode, message: string, options: FlinkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERROR_KINDS[code].hint;
    this.place = options.place;
    this.location = options.location;
  }

  get domain(): ErrorDomain {
    return ERROR_KINDS[this.code].domain;
  }
}

/** An error as it travels between threads and over REST. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: ErrorCode | undefined;
  readonly hint?: string | undefined;
  readonly place?: ErrorPlace | undefined;
  readonly location?: SourceLocation | undefined;
  readonly cause?: SerializedError | undefined;
}

const CAUSE_DEPTH_MAX = 8;

/** What serialised errors were made from, for as long as they have not left the thread. */
const originals = new WeakMap<SerializedError, Error>();

/** Turns anything thrown into plain data; what is not an Error becomes a message. Causes deeper than eight are dropped. */
export function serializeError(error: unknown): SerializedError {
  const data = plainError(error, 0);
  if (error instanceof Error) originals.set(data, error);
  return data;
}

function plainError(error: unknown, depth: number): SerializedError {
  if (!(error instanceof Error)) return { name: 'Thrown', message: describeThrown(error) };
  const cause = error.cause !== undefined && depth < CAUSE_DEPTH_MAX ? plainError(error.cause, depth + 1) : undefined;
  const flink = error instanceof FlinkError ? { code: error.code, hint: error.hint, place: error.place, location: error.location } : {};
  return { name: error.name, message: error.message, stack: error.stack, cause, ...flink };
}

/**
 * The error again, as an Error (a `FlinkError` when it has a code) with the stack it had. In the thread that serialised
 * it, it is the very same, so that a program can tell its own classes of errors.
 */
export function deserializeError(data: SerializedError): Error {
  const original = originals.get(data);
  if (original) return original;
  const cause = data.cause && deserializeError(data.cause);
  const { hint, place, location } = data;
  const error = data.code
    ? new FlinkError(data.code, data.message, { cause, ...(hint ? { hint } : {}), ...(place ? { place } : {}), ...(location ? { location } : {}) })
    : new Error(data.message, cause === undefined ? undefined : { cause });
  if (!data.code) Object.defineProperty(error, 'name', { value: data.name, configurable: true });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

function describeThrown(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return String(thrown);
  }
}
