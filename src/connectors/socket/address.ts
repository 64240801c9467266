/** Where a socket leads, and what went wrong with it in words. */
import { FlinkError } from '../../core/errors.js';

const PORT_MAX = 65535;

/** Throws `INVALID_ARGUMENT` unless host and port can be connected to. */
export function checkAddress(call: string, host: string, port: number): void {
  if (typeof host !== 'string' || host === '') throw new FlinkError('INVALID_ARGUMENT', `${call} needs the name or address of a host, but got ${JSON.stringify(host) ?? String(host)}`);
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) {
    throw new FlinkError('INVALID_ARGUMENT', `${call} needs a port from 1 to ${PORT_MAX}, but got ${JSON.stringify(port) ?? String(port)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the other side broke the connection off',
  EPIPE: 'the other side has closed the connection',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EACCES: 'permission denied',
};

/** The error of a connection to `host:port` that could not be made (`connect`) or did not last. */
export function connectionError(what: 'connect' | 'read' | 'write', host: string, port: number, cause: unknown): FlinkError {
  const code = String((cause as { code?: unknown } | null | undefined)?.code);
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : 'the other side has closed the connection');
  const lost = what === 'connect' ? 'Cannot connect to' : what === 'read' ? 'Cannot read from' : 'Cannot write to';
  const serve = what === 'write' ? `nc -lk ${port} > received.txt` : `nc -lk ${port}`;
  return new FlinkError('CONNECTION', `${lost} ${host}:${port}: ${reason}`, {
    cause,
    hint: code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'Check the name of the host.' : `Check host and port and that the server runs; to try it out, start \`${serve}\` there first.`,
  });
}
