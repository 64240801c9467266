/**
 * Opens an application to others: over a socket in the file system that nobody but its owner can open, over TCP, or
 * both.
 *
 * Invariant: a port that is taken gives way to the next one that may be had, and that is said.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, ListenOptions } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Clock, ScheduledCall } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { admit, admitOwner, type Fetch } from './admission.js';
import type { Certificate, RestSettings, TokenSource } from './rest-settings.js';

export interface Openings {
  /** Path of a socket; a file that is there already is in the way. */
  readonly socket?: string | undefined;
  readonly tcp?: RestSettings | undefined;
  /** Largest body of a request over the socket. Default: what commands need, or what is let in over TCP. */
  readonly socketBodyBytesMax?: number;
  /** Whether being open keeps the process alive. Default: false. */
  readonly keepsAlive?: boolean;
  /** What it is that listens, and which key names its port, for messages. Default: the REST interface. */
  readonly what?: string;
  readonly mend?: string;
  readonly clock: Clock;
  /** Takes the line that another port was taken than the one wanted. */
  readonly say?: (line: string) => void;
}

export interface Listening {
  /** Over TCP; absent without it. */
  readonly address?: { readonly host: string; readonly port: number; readonly url: string };
  /** Takes no more requests, and resolves when those under way have been answered or given up. */
  close(): Promise<void>;
}

/** How long answers under way hold up closing. */
const LAST_ANSWERS_MS = 1_000;
/** Over the socket come commands, and they are small. */
const SOCKET_BODY_BYTES_MAX = 1024 * 1024;

/**
 * @throws FlinkError CONFIGURATION when no port is to be had, or a file of the settings cannot be read; then nothing is
 * open.
 */
export async function listen(fetch: Fetch, openings: Openings): Promise<Listening> {
  const { socket, tcp, socketBodyBytesMax = SOCKET_BODY_BYTES_MAX, keepsAlive = false, clock } = openings;
  const servers: ServerType[] = [];
  try {
    const address = tcp && (await openTcp(fetch, tcp, servers, openings));
    if (socket !== undefined) {
      const server = createAdaptorServer({ fetch: admitOwner(fetch, Math.max(socketBodyBytesMax, tcp?.bodyBytesMax ?? 0)) });
      await bind(server, { path: socket });
      servers.push(server);
    }
    if (!keepsAlive) for (const server of servers) server.unref();
    return { ...(address ? { address } : {}), close: () => closeAll(servers, clock) };
  } catch (error) {
    await closeAll(servers, clock);
    throw error;
  }
}

async function openTcp(fetch: Fetch, settings: RestSettings, servers: ServerType[], { say, what = 'the REST interface', mend = 'rest.port' }: Openings): Promise<Listening['address']> {
  const { host, ports, wanted, loopback, allowOrigin, bodyBytesMax, tls } = settings;
  const admitted = admit(fetch, { loopback, allowOrigin, bodyBytesMax, token: tokenOf(settings.token) });
  const secure = tls && tlsOptions(tls);
  for (const port of ports) {
    const server = createAdaptorServer({ fetch: admitted, ...(secure ? { createServer: createHttpsServer, serverOptions: secure } : {}) });
    if (!(await bound(server, host, port, what))) continue;
    servers.push(server);
    const taken = (server.address() as AddressInfo).port;
    if (wanted !== undefined && taken !== wanted) say?.(`Port ${wanted} is taken: the REST interface listens at port ${taken}.`);
    return { host, port: taken, url: `${tls ? 'https' : 'http'}://${urlHost(host, loopback)}:${taken}` };
  }
  const tried = ports.length <= 4 ? `port ${ports.join(' or ')}` : `any of the ports from ${ports[0]} to ${ports.at(-1)}`;
  throw new FlinkError('CONFIGURATION', `${what} cannot listen at ${tried} of ${host}: others do`, { hint: `Set ${mend} to a wider range, or to 0 for any port.` });
}

/** False: somebody has the port. */
async function bound(server: ServerType, host: string, port: number, what: string): Promise<boolean> {
  try {
    await bind(server, { host, port });
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return false;
    throw new FlinkError('CONFIGURATION', `${what} cannot listen at port ${port} of ${host}: ${message}`, { cause, hint: 'Check its address and its port in the configuration.' });
  }
}

function bind(server: ServerType, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Connections that nobody uses close at once; a client that never stops asking must not keep the process. */
async function closeAll(servers: readonly ServerType[], clock: Clock): Promise<void> {
  let patience: ScheduledCall | undefined;
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  const limit = new Promise<void>((resolve) => (patience = clock.schedule(LAST_ANSWERS_MS, resolve)));
  await Promise.race([closed, limit]);
  patience?.cancel();
  for (const server of servers) if ('closeAllConnections' in server) server.closeAllConnections();
  await closed;
}

/** What all may connect to is written as this machine. */
function urlHost(host: string, loopback: boolean): string {
  if (loopback || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function tokenOf(source: TokenSource | undefined): string | undefined {
  if (source === undefined) return undefined;
  if ('value' in source) return source.value;
  const token = readFile(source.file, 'security.rest.token-file').toString('utf8').trim();
  if (token === '') throw new FlinkError('CONFIGURATION', `security.rest.token-file: ${source.file} is empty`, { hint: 'Write a token into it, for example from `openssl rand -hex 32`.' });
  return token;
}

function tlsOptions(given: Certificate): object {
  const passphrase = given.password === undefined ? {} : { passphrase: given.password };
  if ('keystore' in given) return { pfx: readFile(given.keystore, 'security.ssl.rest.keystore'), ...passphrase };
  return { cert: readFile(given.certificate, 'security.ssl.rest.certificate'), key: readFile(given.key, 'security.ssl.rest.key'), ...passphrase };
}

function readFile(path: string, key: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `${key}: ${path} cannot be read: ${(cause as Error).message}`, { cause, hint: 'Check the path and the permissions.' });
  }
}
