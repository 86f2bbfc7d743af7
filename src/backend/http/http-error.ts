/** A response other than 200; the message is one sentence for the reader of the sender's log. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/**
 * For everything temporary. Never 500: the Collector's otlp_http drops a batch on it and repeats it on 503; so do the
 * SDKs (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes).
 */
export function notNow(message: string): HttpError {
  return new HttpError(503, message, { 'retry-after': '1' })
}
