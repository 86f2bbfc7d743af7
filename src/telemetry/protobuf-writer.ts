import { ByteWriter } from './byte-writer.ts'

/**
 * Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), in one go.
 * OpenTelemetry's serializer walks everything twice, first for its size.
 */
export class ProtobufWriter extends ByteWriter {
  varint(field: number, value: number): void {
    this.reserve(11)
    this.#tag(field, VARINT)
    this.#varint(value)
  }

  fixed32(field: number, value: number): void {
    this.reserve(6)
    this.#tag(field, FIXED32)
    this.at = this.bytes.writeUInt32LE(value >>> 0, this.at)
  }

  fixed64(field: number, value: bigint): void {
    this.reserve(9)
    this.#tag(field, FIXED64)
    this.at = this.bytes.writeBigUInt64LE(value, this.at)
  }

  double(field: number, value: number): void {
    this.reserve(9)
    this.#tag(field, FIXED64)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  hex(field: number, value: string): void {
    this.reserve(2 + value.length)
    this.#tag(field, LENGTH)
    const length = this.bytes.write(value, this.at + 1, 'hex')
    this.bytes[this.at] = length
    this.at += 1 + length
  }

  text(field: number, value: string): void {
    const { length } = value
    // As many bytes as UTF-8 may need.
    this.reserve(6 + 3 * length)
    this.#tag(field, LENGTH)
    const start = this.at
    if (length < SHORT && this.#ascii(value, start + 1)) this.bytes[start] = length
    else {
      this.#varint(Buffer.byteLength(value))
      this.at += this.bytes.write(value, this.at)
    }
  }

  /** Begins a message, of whose length nothing is known before it is written. @returns its place, for `end`. */
  begin(field: number): number {
    this.reserve(2)
    this.#tag(field, LENGTH)
    return ++this.at
  }

  end(start: number): void {
    const length = this.at - start
    if (length < 0x80) {
      this.bytes[start - 1] = length
      return
    }
    const more = sizeOf(length) - 1
    this.reserve(more)
    this.bytes.copyWithin(start + more, start, this.at)
    const end = this.at + more
    this.at = start - 1
    this.#varint(length)
    this.at = end
  }

  #tag(field: number, type: number): void {
    const tag = (field << 3) | type
    if (tag < 0x80) this.bytes[this.at++] = tag
    else this.#varint(tag)
  }

  #ascii(text: string, start: number): boolean {
    const to = this.bytes
    let at = start
    for (let n = 0; n < text.length; n++) {
      const code = text.charCodeAt(n)
      if (code > 127) return false
      to[at++] = code
    }
    this.at = at
    return true
  }

  #varint(value: number): void {
    let rest = value
    if (value < 0 || value > 0x7fffffff) {
      this.#long(BigInt.asUintN(64, BigInt(value)))
      return
    }
    while (rest > 127) {
      this.bytes[this.at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.at++] = rest
  }

  #long(value: bigint): void {
    let rest = value
    while (rest > 127n) {
      this.bytes[this.at++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.bytes[this.at++] = Number(rest)
  }
}

/** Types of fields: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5
/** Characters of a text whose length is a byte. */
const SHORT = 128

function sizeOf(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5
}
