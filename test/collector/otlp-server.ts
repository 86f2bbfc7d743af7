import type { ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { parseJson } from '../../src/otlp/json.ts'
import { LoopbackServer, type Sent } from './loopback-server.ts'

export interface Received {
  readonly path: string
  readonly headers: Sent['headers']
  /** Parsed where it is JSON. */
  readonly body: unknown
}

/** An OTLP/HTTP server that keeps what it gets. */
export class OtlpServer extends LoopbackServer {
  readonly requests: Received[] = []

  static start(): Promise<OtlpServer> {
    return new OtlpServer().up()
  }

  protected override answer({ path, headers, body: sent }: Sent, response: ServerResponse): void {
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    const json = headers['content-type'] === 'application/json'
    this.requests.push({ path, headers, body: json ? parseJson(bytes.toString()) : bytes })
    response.setHeader('content-type', headers['content-type'] ?? '').end(json ? '{}' : '')
  }
}
