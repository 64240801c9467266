/**
 * One request over a socket in the file system: how the Dispatcher asks the process of a job.
 */
import { request, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { Clock } from '../core/clock.js';

export interface SocketAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

export interface SocketRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | undefined;
  /** After which nobody waits for the answer any more. */
  readonly timeoutMs: number;
}

/** Rejects when nobody listens, the connection breaks, or no answer comes in time. */
export function askSocket(socketPath: string, asked: SocketRequest, clock: Clock): Promise<SocketAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path, headers = {}, body, timeoutMs } = asked;
    const sent = request({ socketPath, method, path, headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        patience.cancel();
        resolve({ status: response.statusCode ?? 500, type: response.headers['content-type'] ?? 'application/json', body: Buffer.concat(chunks) });
      });
      response.on('error', fail);
    });
    const fail = (error: Error): void => {
      patience.cancel();
      reject(error);
    };
    const patience = clock.schedule(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.on('error', fail);
    sent.end(body);
  });
}

/** Whether a process holds this socket: also one that is too busy to answer. */
export function isHeld(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socketPath);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
