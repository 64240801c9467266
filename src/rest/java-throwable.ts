/**
 * An error as a serialised Java object: clients of Apache Flink read the cause of a failed operation from nothing else
 * (Flink: `SerializedThrowable`).
 *
 * Invariant: whoever reads it loads no class beyond Java's own and `SerializedThrowable`.
 */

/** Of Java's object serialization stream protocol. */
const STREAM_HEADER = [0xac, 0xed, 0x00, 0x05];
const NULL = 0x70;
const CLASS_DESCRIPTION = 0x72;
const OBJECT = 0x73;
const STRING = 0x74;
const END_OF_BLOCK = 0x78;
const LONG_STRING = 0x7c;
const SERIALIZABLE = 0x02;
/** The class writes for itself; what it writes has an end mark. */
const WRITES_ITSELF = 0x01;

/** Longer texts have a longer head. */
const SHORT_STRING_BYTES_MAX = 0xffff;

interface JavaField {
  readonly name: string;
  /** In Java's notation. */
  readonly type: string;
}

interface JavaClass {
  readonly name: string;
  readonly serialVersion: bigint;
  readonly flags: number;
  /** By name: Java's order. */
  readonly fields: readonly JavaField[];
}

const TEXT = 'Ljava/lang/String;';

/** Each extends the next. */
const CLASSES: readonly JavaClass[] = [
  {
    name: 'org.apache.flink.util.SerializedThrowable', serialVersion: 7284183123441947635n, flags: SERIALIZABLE,
    fields: [{ name: 'fullStringifiedStackTrace', type: TEXT }, { name: 'originalErrorClassName', type: TEXT }, { name: 'serializedException', type: '[B' }],
  },
  { name: 'java.lang.Exception', serialVersion: -3387516993124229948n, flags: SERIALIZABLE, fields: [] },
  {
    name: 'java.lang.Throwable', serialVersion: -3042686055658047285n, flags: SERIALIZABLE | WRITES_ITSELF,
    fields: [
      { name: 'cause', type: 'Ljava/lang/Throwable;' }, { name: 'detailMessage', type: TEXT },
      { name: 'stackTrace', type: '[Ljava/lang/StackTraceElement;' }, { name: 'suppressedExceptions', type: 'Ljava/util/List;' },
    ],
  },
];

/** @param stack is what Flink prints for it. */
export function javaThrowable({ name, message }: Error, stack: string): Buffer {
  return Buffer.concat([
    Buffer.from([...STREAM_HEADER, OBJECT]),
    ...CLASSES.map(classDescription),
    Buffer.from([NULL]),
    // The values of a class stand behind those of the class that it extends.
    Buffer.from([NULL]), text(`${name}: ${message}`), Buffer.from([NULL, NULL, END_OF_BLOCK]),
    text(stack), text(name), Buffer.from([NULL]),
  ]);
}

function classDescription({ name, serialVersion, flags, fields }: JavaClass): Buffer {
  const version = Buffer.alloc(8);
  version.writeBigInt64BE(serialVersion);
  return Buffer.concat([
    Buffer.from([CLASS_DESCRIPTION]), short(name), version, Buffer.from([flags, 0, fields.length]),
    ...fields.flatMap(({ name: field, type }) => [Buffer.from(type[0]!), short(field), text(type)]),
    Buffer.from([END_OF_BLOCK]),
  ]);
}

function text(value: string): Buffer {
  const bytes = javaBytes(value);
  if (bytes.length <= SHORT_STRING_BYTES_MAX) return Buffer.concat([Buffer.from([STRING]), short(value)]);
  const head = Buffer.alloc(9);
  head.writeUInt8(LONG_STRING);
  head.writeBigUInt64BE(BigInt(bytes.length), 1);
  return Buffer.concat([head, bytes]);
}

function short(value: string): Buffer {
  const bytes = javaBytes(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Java encodes each half of a character beyond the first 65 536 by itself, and zero with two bytes. */
function javaBytes(value: string): Buffer {
  const bytes: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0 && unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
}
