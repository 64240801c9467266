/**
 * The sources an environment offers.
 */
import { CollectionSource, type Collection } from '../connectors/collection/collection-source.js';
import { type FileProcessingMode, TextInputFormat } from '../connectors/file/file-source.js';
import { TextFileSource } from '../connectors/file/text-file-source.js';
import type { InputFormat } from '../connectors/input-format/input-format.js';
import { InputFormatSource } from '../connectors/input-format/input-format-source.js';
import { SourceFunctionSource } from '../connectors/legacy/source-function-source.js';
import { NumberSequenceSource } from '../connectors/sequence/number-sequence-source.js';
import type { SplittableIterator } from '../connectors/splittable/splittable-iterator.js';
import { SplittableSource } from '../connectors/splittable/splittable-source.js';
import { SocketSource } from '../connectors/socket/socket-source.js';
import type { TypeInformation } from '../core/type-information.js';
import type { SourceFunctionLike } from '../operators/functions.js';
import { ingestionTimeOperator } from '../operators/ingestion-time.js';
import type { Source } from '../operators/source.js';
import { timestampsOperator } from '../operators/timestamps.js';
import { type CustomWatermarkStrategy, WatermarkStrategy } from '../operators/watermark-strategy.js';
import { badArgument, nameArgument, wholeNumber } from './arguments.js';
import { DataStreamSource } from './data-stream-source.js';
import type { JobDraft } from './job-draft.js';
import type { OperatorTransformation, SourceTransformation } from './transformation.js';

/** Any value but null; with it as a bound, `['a', 1]` is inferred as the tuple `[string, number]`. */
type Element = [] | {};

export class StreamSources {
  protected constructor(protected readonly draft: JobDraft) {}

  /** Whether records get their event time where they enter the job. */
  protected isIngestionTime(): boolean {
    return false;
  }

  /** The given values, in order, read by one subtask. At least one, and none of them null or undefined. */
  fromElements<T extends Element>(...elements: T[]): DataStreamSource<T>;
  fromElements<T>(...elements: T[]): DataStreamSource<T>;
  fromElements<T>(...elements: T[]): DataStreamSource<T> {
    return this.fromValues('fromElements', elements);
  }

  /** As `fromElements`; an array alone stands for its elements. */
  fromData<T extends Element>(elements: readonly T[]): DataStreamSource<T>;
  fromData<T extends Element>(...elements: T[]): DataStreamSource<T>;
  fromData<T>(elements: readonly T[]): DataStreamSource<T>;
  fromData<T>(...elements: (T | readonly T[])[]): DataStreamSource<T> {
    const [first] = elements;
    return this.fromValues('fromData', elements.length === 1 && Array.isArray(first) ? (first as T[]) : (elements as T[]));
  }

  /**
   * The elements of an array or of anything iterable or asynchronously iterable, in order, read by one subtask as fast
   * as the job takes them. A function that answers one of those (a generator function) is called when the job reads.
   */
  fromCollection<T extends Element>(collection: Collection<T> | (() => Collection<T>), type?: TypeInformation<T>): DataStreamSource<T>;
  fromCollection<T>(collection: Collection<T> | (() => Collection<T>), type?: TypeInformation<T>): DataStreamSource<T>;
  fromCollection<T>(collection: Collection<T> | (() => Collection<T>)): DataStreamSource<T> {
    const isCollection = typeof collection === 'function' || (typeof collection === 'object' && collection !== null && (Symbol.iterator in collection || Symbol.asyncIterator in collection));
    if (!isCollection) throw badArgument('fromCollection', 'an array, an iterable, an async iterable or a function that makes one', collection);
    if (Array.isArray(collection)) checkElements('fromCollection', collection);
    return this.addSourceNode('Collection Source', new CollectionSource<T>(collection));
  }

  /** The elements of an iterator that can be cut, a part in each subtask: `fromParallelCollection(new NumberSequenceIterator(1, 10))`. */
  fromParallelCollection<T>(iterator: SplittableIterator<T>): DataStreamSource<T> {
    if (typeof iterator !== 'object' || iterator === null || typeof iterator.split !== 'function' || typeof iterator.getMaximumNumberOfSplits !== 'function') {
      throw badArgument('fromParallelCollection', 'a SplittableIterator: an object with split() and getMaximumNumberOfSplits()', iterator);
    }
    return this.addSourceNode('Parallel Collection Source', new SplittableSource<T>(iterator));
  }

  /** The whole numbers from `from` to `to`, both included, shared among the subtasks. */
  fromSequence(from: number, to: number): DataStreamSource<number> {
    return this.sequence('fromSequence', from, to);
  }

  /** Flink's older name of `fromSequence`. */
  generateSequence(from: number, to: number): DataStreamSource<number> {
    return this.sequence('generateSequence', from, to);
  }

  /**
   * The lines of text files: one file, a folder, a glob (`logs/*.txt`), or `-` for standard input; `.gz` files are
   * unpacked. The file that was written to first is read first. Large files are read in parts, in parallel.
   *
   * @param charset how text is encoded; `utf-8` by default.
   */
  readTextFile(path: string, charset?: string): DataStreamSource<string> {
    nameArgument('readTextFile', path, 'a path');
    return this.addSourceNode('Custom File Source', new TextFileSource(path, { order: 'modification', ...(charset === undefined ? {} : { charset }) }));
  }

  /**
   * The lines of text files, once or for as long as the job runs: with `FileProcessingMode.PROCESS_CONTINUOUSLY` the path
   * is looked at every `intervalMs` milliseconds. Each file that has appeared is read, and each that has been written to is
   * read again, as a whole: move files in when they are complete. The file that was written to first is read first.
   *
   * @param path the format's own when left out.
   */
  readFile(format: TextInputFormat, path = format?.path, mode: FileProcessingMode = 'PROCESS_ONCE', intervalMs = 1000): DataStreamSource<string> {
    if (!(format instanceof TextInputFormat)) throw badArgument('readFile', 'a TextInputFormat', format, 'For other formats use createInput(…), or map the lines.');
    if (mode !== 'PROCESS_ONCE' && mode !== 'PROCESS_CONTINUOUSLY') throw badArgument('readFile', 'a FileProcessingMode', mode);
    const options = { ...format.options(), order: 'modification' } as const;
    const source = new TextFileSource(nameArgument('readFile', path, 'a path'), mode === 'PROCESS_ONCE' ? options : { ...options, monitorInterval: intervalMs, rereadModified: true });
    return this.addSourceNode('Custom File Source', source);
  }

  /**
   * The texts that a TCP server sends, between delimiters, read by one subtask. Ends when the server closes the
   * connection.
   *
   * @param delimiter a line feed by default; a carriage return before it is dropped.
   * @param maxRetries how often to connect again, half a second later, when the connection is lost: 0 never (the
   * default), -1 forever.
   */
  socketTextStream(host: string, port: number, delimiter = '\n', maxRetries = 0): DataStreamSource<string> {
    return this.addSourceNode('Socket Stream', new SocketSource(host, port, delimiter, maxRetries));
  }

  /** What an `InputFormat` reads. @param parameters handed to its `configure`. */
  createInput<T, S = unknown>(format: InputFormat<T, S>, parameters: Readonly<Record<string, string>> = {}): DataStreamSource<T> {
    if (typeof format !== 'object' || format === null || typeof format.createInputSplits !== 'function') throw badArgument('createInput', 'an InputFormat: an object with createInputSplits()', format);
    return this.addSourceNode('Custom Source', new InputFormatSource<T, S>(format, parameters));
  }

  /**
   * What a source of one's own or of a connector reads.
   *
   * @param strategy event time and watermarks; none when left out.
   */
  fromSource<T>(
    source: Source<T>, strategy: WatermarkStrategy<T> | CustomWatermarkStrategy<T> | (new () => CustomWatermarkStrategy<T>) = WatermarkStrategy.noWatermarks<T>(),
    name = 'Custom Source', _type?: TypeInformation<T>,
  ): DataStreamSource<T> {
    if (typeof source !== 'object' || source === null || typeof source.createReader !== 'function') throw badArgument('fromSource', 'a source: an object with createReader()', source);
    const known = WatermarkStrategy.of<T>(strategy);
    if (!known) throw badArgument('fromSource', 'a WatermarkStrategy', strategy);
    return this.addSourceNode(nameArgument('fromSource', name), source, { strategy: known });
  }

  /**
   * What a `SourceFunction` emits (Flink before 2.0): an object or class with `run` and `cancel`, or `run` alone, which
   * may be a generator. It runs in one subtask unless it says that it is parallel.
   */
  addSource<T>(fn: SourceFunctionLike<T>, name = 'Custom Source', _type?: TypeInformation<T>): DataStreamSource<T> {
    return this.addSourceNode(nameArgument('addSource', name), new SourceFunctionSource<T>(fn), { legacy: true });
  }

  private fromValues<T>(call: string, elements: readonly T[]): DataStreamSource<T> {
    if (elements.length === 0) throw badArgument(call, 'at least one element', undefined);
    checkElements(call, elements);
    return this.addSourceNode('Collection Source', new CollectionSource<T>([...elements]));
  }

  private sequence(call: string, from: number, to: number): DataStreamSource<number> {
    wholeNumber(call, from, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'a start');
    wholeNumber(call, to, from, Number.MAX_SAFE_INTEGER, 'an end that is not before the start');
    return this.addSourceNode('Sequence Source', new NumberSequenceSource(from, to));
  }

  private addSourceNode<T>(name: string, source: Source<T>, options: { readonly strategy?: WatermarkStrategy<T>; readonly legacy?: boolean } = {}): DataStreamSource<T> {
    const { strategy, legacy = false } = options;
    const transformation: SourceTransformation = {
      kind: 'source',
      operator: legacy ? 'Legacy Source' : 'Source',
      source: source as Source<unknown>,
      legacy,
      settings: { ...this.draft.settings(name), canBeParallel: source.parallel !== false, chaining: legacy ? 'HEAD' : 'ALWAYS' },
    };
    const hasStrategy = strategy !== undefined && strategy !== WatermarkStrategy.noWatermarks<T>();
    if (!hasStrategy && !this.isIngestionTime()) return new DataStreamSource<T>(this.draft, transformation);
    const timestamps: OperatorTransformation = {
      kind: 'operator',
      role: 'operator',
      operator: 'Timestamps/Watermarks',
      settings: this.draft.settings('Timestamps/Watermarks'),
      inputs: [transformation],
      keyedInputs: [],
      define: ({ autoWatermarkIntervalMs, runtimeMode }) => {
        if (!hasStrategy) return ingestionTimeOperator(autoWatermarkIntervalMs);
        return timestampsOperator(runtimeMode === 'BATCH' ? strategy.withoutWatermarks() : strategy, autoWatermarkIntervalMs, source.emitsPerSplit === true);
      },
      followsInput: true,
    };
    return new DataStreamSource<T>(this.draft, transformation, timestamps);
  }
}

function checkElements(call: string, elements: readonly unknown[]): void {
  const missing = elements.findIndex((element) => element === null || element === undefined);
  if (missing !== -1) throw badArgument(call, 'elements that are not null', elements[missing], `Element ${missing} is missing; leave it out, or put a value in its place.`);
}
