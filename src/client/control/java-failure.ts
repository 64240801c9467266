/**
 * What a cluster of Apache Flink says that went wrong: stack traces of Java, of which people need the messages.
 */

/** `at …`, `... 12 more`, and the marks around a trace from another thread. */
const PLACE = /^\s+(at |\.\.\. \d+ more)|^(<Exception on server side:|End of exception on server side>)?$/;
/** `Caused by: ` and the names of the classes that wrap one another: `java.util.concurrent.CompletionException: org.…Exception: `. */
const WRAPPING = /^(Caused by: |\[CIRCULAR REFERENCE: )|^(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(: |$)/;

/**
 * The messages of an exception and of what lies behind it, without classes and places, each once; the text as it is when
 * there is nothing else in it.
 */
export function messageOfTrace(trace: string): string {
  const messages: string[] = [];
  for (const line of trace.split('\n')) {
    if (PLACE.test(line)) continue;
    const message = unwrapped(line).trim();
    if (message !== '' && !messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages.length === 0 ? trace.trim() : messages.map((message, i) => (i < messages.length - 1 ? message.replace(/[.:]$/, '') : message)).join(': ');
}

function unwrapped(line: string): string {
  const rest = line.replace(WRAPPING, '');
  return rest === line ? line : unwrapped(rest);
}
