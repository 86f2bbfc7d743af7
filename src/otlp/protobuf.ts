import { type Reader, Reader as WireReader } from 'protobufjs/minimal.js'
import { DEEPEST, LONGEST_LIST } from './any-value.ts'
import { InvalidRecord } from './invalid-record.ts'
import { readScalar, type Scalar, WIRE_TYPES } from './protobuf-scalars.ts'

/**
 * Messages in protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) as the objects that OTLP's JSON
 * form has for them, so that both are validated by the same code. 64-bit integers are exact: bigints beyond 2^53.
 */

export interface Field {
  readonly name: string
  readonly type: Scalar | (() => Message)
  readonly repeated?: boolean
  /** Of repeated messages: each is decoded when its turn comes, so that only one of many is in memory. */
  readonly late?: boolean
}

/** The fields that are read, by number; others are skipped. */
export interface Message {
  readonly fields: readonly (Field | undefined)[]
  /** One without any field. */
  readonly empty: () => Record<string, unknown>
  /** Where all fields are of one `oneof`, of which the last that was sent counts: the object of one. */
  readonly oneOf?: (number: number, value: unknown) => Record<string, unknown>
}

/** Messages that are decoded at once. A body of 8 MiB has half as many in it, or four million empty ones. */
const MOST_MESSAGES = 1_000_000

/** @throws {InvalidRecord} for what is not in the wire format, no UTF-8, nested too deeply, or of too many messages. */
export function decode(message: Message, bytes: Buffer): Record<string, unknown> {
  const reader = WireReader.create(bytes)
  messages = 0
  return understood(() => read(message, reader, reader.len, 0))
}

let messages = 0

function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof InvalidRecord) throw error
    throw new InvalidRecord(`not protobuf: ${(error as Error).message}`)
  }
}

function read(message: Message, reader: Reader, end: number, depth: number): Record<string, unknown> {
  // Requests, resources and records stand around the values whose depth any-value.ts limits.
  if (depth > 2 * DEEPEST + 16) throw new InvalidRecord('not protobuf: nested too deeply')
  if (++messages > MOST_MESSAGES) throw new InvalidRecord(`more than ${MOST_MESSAGES} messages in a body`)
  let object = message.empty()
  while (reader.pos < end) {
    const tag = reader.tag()
    const field = message.fields[tag >>> 3]
    // A field of another wire type is an unknown one, as in other decoders.
    if (!field || wireType(field) !== (tag & 7)) {
      reader.skipType(tag & 7, 0, tag >>> 3)
      continue
    }
    if (field.late) {
      object[field.name] ??= new LateMessages(field, reader, depth + 1)
      ;(object[field.name] as LateMessages).skip(endOf(reader, end))
      continue
    }
    const value =
      typeof field.type === 'function'
        ? read(field.type(), reader, endOf(reader, end), depth + 1)
        : readScalar(field.type, reader)
    if (message.oneOf) object = message.oneOf(tag >>> 3, value)
    else if (!field.repeated) object[field.name] = value
    else if (Object.hasOwn(object, field.name)) (object[field.name] as unknown[]).push(value)
    else object[field.name] = [value]
  }
  if (reader.pos !== end) throw new InvalidRecord('not protobuf: a field is longer than its message')
  return object
}

function wireType({ type }: Field): number {
  return typeof type === 'function' ? 2 : WIRE_TYPES[type]
}

function endOf(reader: Reader, outer: number): number {
  const end = reader.uint32() + reader.pos
  if (end > outer) throw new InvalidRecord('not protobuf: a message is longer than the one around it')
  return end
}

/** Repeated messages that are decoded one after the other, while somebody walks along them. */
export class LateMessages implements Iterable<unknown> {
  readonly #field: Field
  readonly #reader: Reader
  readonly #depth: number
  /** Beginnings and ends, in turns. */
  readonly #places: number[] = []

  constructor(field: Field, reader: Reader, depth: number) {
    this.#field = field
    this.#reader = reader
    this.#depth = depth
  }

  /** Takes in the message from the reader's place on, behind which the reader is then. */
  skip(end: number): void {
    if (this.#places.length >= 2 * LONGEST_LIST)
      throw new InvalidRecord(`${this.#field.name} has more than ${LONGEST_LIST} members`)
    this.#places.push(this.#reader.pos, end)
    this.#reader.pos = end
  }

  /** @throws {InvalidRecord} as decode does. */
  *[Symbol.iterator](): Iterator<unknown> {
    const message = (this.#field.type as () => Message)()
    for (let at = 0; at < this.#places.length; at += 2) {
      messages = 0
      this.#reader.pos = this.#places[at] as number
      yield understood(() => read(message, this.#reader, this.#places[at + 1] as number, this.#depth))
    }
  }
}
