import { reason } from '../base/diagnose.ts'

const HEADERS = 'give it what it asks for by OTEL_EXPORTER_OTLP_HEADERS'
const PATH = 'fix its path: OTEL_EXPORTER_OTLP_ENDPOINT ends before /v1/logs, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT with it'

const NEXT: Readonly<Record<number, string>> = {
  401: HEADERS,
  403: HEADERS,
  404: PATH,
  405: PATH,
  415: 'set OTEL_EXPORTER_OTLP_PROTOCOL to what it takes, http/protobuf or http/json, or name a receiver of OTLP',
}

/** What to do about an answer's status, where another try, or a start, would not help. */
export function nextByStatus(status: unknown): string | undefined {
  if (typeof status !== 'number') return undefined
  if (status >= 300 && status < 400) return 'name the address that it leads to, as a redirect is not followed'
  return NEXT[status]
}

/** What to do about an error of the connection, where another try would not help. */
function nextByError(error: unknown): string | undefined {
  // https://docs.openssl.org/master/man3/SSL_get_error/: what answers begins no TLS.
  const { code } = (error ?? {}) as { code?: unknown }
  return code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER'
    ? 'it takes no TLS, or another version of it: where it takes HTTP alone, write http:// in OTEL_EXPORTER_OTLP_ENDPOINT'
    : undefined
}

/** The name of the error where a receiver has answered 200 and rejected all of a batch. */
export const REJECTED = 'Rejected'
/** The name of the error where a receiver has answered 200 with something other than OTLP. */
export const NO_OTLP = 'NoOtlp'

/** What OTLP's exporters, an agent's as well, say of the answers 429, 502, 503 and 504, without their status. */
export const RETRYABLE = 'Export failed with retryable status'

/** Whether the receiver is there, and only wants no more just now. */
export function asksForLater(error: unknown): boolean {
  return reason(error) === RETRYABLE
}

/** What the exporter said, in clearer words where it hides what was answered. */
export function exporterReason(error: unknown): string {
  if (asksForLater(error)) return 'it asks to be tried later, by 429, 502, 503 or 504'
  // OpenSSL's end with a new line.
  return reason(error).replace(/\s+/g, ' ').trim()
}

/** What a receiver has answered, else the exporter's error. */
export function answerOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'number' ? `it answers ${code} ${reason(error)}`.trim() : exporterReason(error)
}

/** What the exporter said, with where it has sent, the status of the answer, and what to do about it. */
export function deliveryFault(error: unknown, to: string): Error {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  // An exporter that the agent has made itself follows no variable.
  const next = /^https?:/.test(to) ? (nextByStatus(code) ?? nextByError(error)) : undefined
  const fault = new Error([`${to}: ${answerOf(error)}`, ...(next ? [next] : [])].join('; '), { cause: error })
  // The class of the failure, by which a metric counts it, stays what it is.
  return Object.assign(fault, code === undefined ? { name: String(name ?? 'Error') } : { code })
}
