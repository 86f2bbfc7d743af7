import type { ServerResponse } from 'node:http'

export interface HttpResponse {
  readonly type: string
  /** Or a function that writes it, for as long as it takes. */
  readonly body: string | Buffer | ((response: ServerResponse) => void)
  /** Default: 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Its body is JSON text. */
export function json(body: string): HttpResponse {
  return { type: 'application/json', body }
}
