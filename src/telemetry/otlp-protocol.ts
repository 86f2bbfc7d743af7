import { warnOnce } from '../base/diagnose.ts'
import { choiceOf, textOf } from '../base/environment.ts'

/** What `OTEL_EXPORTER_OTLP_PROTOCOL` may be: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specify-protocol */
export type OtlpProtocol = 'http/json' | 'http/protobuf'

export const CONTENT_TYPES: Readonly<Record<OtlpProtocol, string>> = {
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
}

/** The protocol that a variable names; undefined where it is unset, or names one that is not supported, which is reported once. */
export function protocolOf(env: NodeJS.ProcessEnv, variable: string): OtlpProtocol | undefined {
  if (textOf(env, variable)?.trim().toLowerCase() !== 'grpc') return choiceOf(env, variable, PROTOCOLS)
  const next = `set ${variable}=http/protobuf, and an address that takes OTLP over HTTP, as port 4318 does and 4317 does not`
  warnOnce(variable, `${variable}=grpc is not supported: OTLP is sent over HTTP; ${next}`)
  return undefined
}

const PROTOCOLS = Object.keys(CONTENT_TYPES) as OtlpProtocol[]

/** The start of the line that is logged for an answer that cannot be read. */
export const UNREADABLE = 'Failed to parse the export response'

export function saysUnreadable(line: string): boolean {
  return /^Failed to parse \w+ export response/.test(line)
}
