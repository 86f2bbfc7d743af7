import { diag } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
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

/** How requests are written, and their answers read. */
export interface Serializer<Items> {
  serializeRequest(items: Items): Uint8Array | undefined
  deserializeResponse(bytes: Uint8Array): object
}

/** `{` begins no message of protobuf: it would be a group, which OTLP has none of. */
const JSON_BEGINS = 0x7b

export type Serializers<Items> = Readonly<Record<OtlpProtocol, Serializer<Items>>>

/** The serializers of a signal. An answer is read by its own form, whatever was sent. */
export function serializersOf<Items>(
  json: Serializer<Items>['serializeRequest'],
  protobuf: Serializer<Items>,
): Serializers<Items> {
  const inJson = { serializeRequest: json, deserializeResponse: readable(jsonAnswer) }
  const inProtobuf = readable(protobuf.deserializeResponse)
  const deserializeResponse = (bytes: Uint8Array) =>
    bytes[0] === JSON_BEGINS ? inJson.deserializeResponse(bytes) : inProtobuf(bytes)
  return { 'http/json': inJson, 'http/protobuf': { ...protobuf, deserializeResponse } }
}

function jsonAnswer(bytes: Uint8Array): object {
  return bytes.length === 0 ? {} : JSON.parse(new TextDecoder().decode(bytes))
}

/** Where an answer cannot be read, its status has already said that all is accepted. */
function readable(read: (bytes: Uint8Array) => object): (bytes: Uint8Array) => object {
  return (bytes) => {
    try {
      return read(bytes)
    } catch (error) {
      diag.warn(`${UNREADABLE}: ${reason(error)}`)
      return {}
    }
  }
}

/** The start of the line that is logged for an answer that cannot be read. */
const UNREADABLE = 'Failed to parse the export response'

export function saysUnreadable(line: string): boolean {
  return /^Failed to parse \w+ export response/.test(line)
}
