/**
 * One HTTP request and its whole answer, with Node's own client: nothing is unpacked, followed or tried again behind the
 * caller's back.
 *
 * Invariants:
 * - An answer is whole: one that breaks off rejects.
 * - A request that makes no progress for its time is given up, whichever way the bytes were to go.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock, ScheduledCall } from '../core/clock.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  readonly clock: Pick<Clock, 'schedule'>;
  readonly timeoutMs: number;
}

/** So much is given to the connection at a time: what has left counts as progress. */
const CHUNK_BYTES = 256 * 1024;

export function exchange({ method, url, headers, body }: HttpRequest, { clock, timeoutMs }: ExchangeOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { method, headers: { ...headers, 'content-length': String(body?.length ?? 0) } });
    let timer: ScheduledCall | undefined;
    let answering = false;
    const progress = (): void => {
      timer?.cancel();
      timer = clock.schedule(timeoutMs, () => request.destroy(new Error(`no progress within ${timeoutMs / 1000} s`)));
    };
    const settle = (end: () => void): void => {
      timer?.cancel();
      timer = undefined;
      end();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    // An answer may come while the body is still on its way; then the answer counts.
    request.on('error', (error) => (answering ? undefined : fail(error)));
    request.on('response', (response) => {
      answering = true;
      progress();
      gather(response, progress).then((bytes) => settle(() => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes })), fail);
    });
    progress();
    write(0);

    function write(at: number): void {
      if (!body || at >= body.length) {
        request.end();
        return;
      }
      request.write(body.subarray(at, at + CHUNK_BYTES), (error) => {
        if (error || timer === undefined) return;
        progress();
        write(at + CHUNK_BYTES);
      });
    }
  });
}

async function gather(response: IncomingMessage, progress: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    progress();
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer broke off');
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
