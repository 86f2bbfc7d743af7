import { diag } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { reason } from '../base/diagnose.ts'
import { type OtlpProtocol, UNREADABLE } from './otlp-protocol.ts'

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
  protobuf: Serializer<Items>['serializeRequest'],
): Serializers<Items> {
  const [inJson, inProtobuf] = [readable(jsonAnswer), readable(protobufAnswer)]
  const inEither = (bytes: Uint8Array) => (bytes[0] === JSON_BEGINS ? inJson : inProtobuf)(bytes)
  return {
    'http/json': { serializeRequest: json, deserializeResponse: inJson },
    'http/protobuf': { serializeRequest: protobuf, deserializeResponse: inEither },
  }
}

/** That of metrics: all signals' have the same numbers (https://opentelemetry.io/docs/specs/otlp/#partial-success-1). */
function protobufAnswer(bytes: Uint8Array): object {
  const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(bytes)
  if (partialSuccess === undefined) return {}
  const { rejectedDataPoints: rejectedLogRecords, errorMessage } = partialSuccess
  return { partialSuccess: { rejectedLogRecords, errorMessage } }
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
