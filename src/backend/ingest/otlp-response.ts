import { Writer } from 'protobufjs/minimal.js'
import { type HttpResponse, json } from '../http/http-response.ts'
import { PROTOBUF_TYPE } from '../http/request-body.ts'

/** The records of a request that were not stored. */
export interface Refused {
  readonly count: number
  /** For the reader of the sender's log. */
  readonly why: string
}

/**
 * An Export…ServiceResponse in the type of the request. Its partial success has the same fields by the same numbers for
 * all signals; only the name of the count differs: https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 * @param name The count's name in JSON.
 */
export function exportResponse(type: string, name: string, { count, why }: Refused): HttpResponse {
  if (type !== PROTOBUF_TYPE) {
    return json(count === 0 ? '{}' : JSON.stringify({ partialSuccess: { [name]: String(count), errorMessage: why } }))
  }
  const writer = Writer.create()
  if (count > 0) writer.uint32(tag(1, 2)).fork().uint32(tag(1, 0)).int64(count).uint32(tag(2, 2)).string(why).ldelim()
  return { type, body: Buffer.from(writer.finish()) }
}

/** google.rpc.Status, which OTLP/HTTP requires for a failure, in the type of the request. */
export function statusAnswer(type: string, message: string): Pick<HttpResponse, 'type' | 'body'> {
  if (type !== PROTOBUF_TYPE) return json(JSON.stringify({ message }))
  return { type, body: Buffer.from(Writer.create().uint32(tag(2, 2)).string(message).finish()) }
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType
}
