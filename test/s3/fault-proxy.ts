/**
 * Stands between a client and a server and makes trouble: answers of its own, answers that come late, break off or never
 * come. What it does with a request a test decides.
 */
import { createServer, type IncomingMessage, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `pass`: as if it were not there. A number: this status, and the server learns nothing. `slow`: the answer comes late.
 * `cut`: the server does what it was asked, and the answer breaks off in the middle. `lost`: the same, and nothing comes
 * back at all. `refused`: the connection ends before the server learns anything. `silent`: nothing ever happens.
 */
export type Trouble = 'pass' | 'slow' | 'cut' | 'lost' | 'refused' | 'silent' | 500 | 503 | 429;

export class FaultProxy {
  /** Says what becomes of a request. */
  trouble: (request: IncomingMessage) => Trouble = () => 'pass';
  slowMs = 200;
  /** How often each trouble was made. */
  readonly made = new Map<Trouble, number>();

  private constructor(private readonly server: Server, private readonly target: { readonly port: number }) {}

  static async before(target: { readonly port: number }): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server, target);
    server.on('request', (request, response) => proxy.serve(request, response));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => void this.server.close(resolve));
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const trouble = this.trouble(request);
    this.made.set(trouble, (this.made.get(trouble) ?? 0) + 1);
    request.on('error', () => {});
    if (trouble === 'silent') return void request.resume();
    if (trouble === 'refused') return void request.socket.destroy();
    if (typeof trouble === 'number') {
      request.resume().on('end', () => {
        const code = trouble === 503 ? 'SlowDown' : trouble === 429 ? 'TooManyRequests' : 'InternalError';
        response.writeHead(trouble, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>made by the proxy</Message></Error>`);
      });
      return;
    }
    const onward = httpRequest({ host: '127.0.0.1', port: this.target.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => this.answer(trouble, answer, Buffer.concat(chunks), request, response));
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }

  private answer(trouble: Trouble, { statusCode, headers }: IncomingMessage, body: Buffer, request: IncomingMessage, response: ServerResponse): void {
    if (trouble === 'lost') return void request.socket.destroy();
    if (trouble === 'cut') {
      // More is promised than comes.
      response.writeHead(statusCode!, { ...headers, 'content-length': String(body.length + 10) });
      response.write(body.subarray(0, Math.ceil(body.length / 2)), () => request.socket.destroy());
      if (body.length === 0) request.socket.destroy();
      return;
    }
    setTimeout(() => response.writeHead(statusCode!, headers).end(body), trouble === 'slow' ? this.slowMs : 0);
  }
}
