/** A whole number as SQLite has it: beyond JavaScript's exact range, a bigint. */
export type Integer = number | bigint

/** Reads a page's or a record's numbers one after the other. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** Up to 64 bits, signed (https://sqlite.org/fileformat2.html#varint). */
  varint(): Integer {
    let value = 0
    for (let n = 0; n < 7; n++) {
      const byte = this.#byte()
      value = value * 128 + (byte & 0x7f)
      if (byte < 0x80) return value
    }
    const eighth = this.#byte()
    let large = BigInt(value) * 128n + BigInt(eighth & 0x7f)
    if (eighth >= 0x80) large = large * 256n + BigInt(this.#byte())
    return exact(BigInt.asIntN(64, large))
  }

  /** A varint that counts bytes. @throws {RangeError} where it can count none. */
  length(): number {
    const value = this.varint()
    if (typeof value !== 'number' || value < 0) throw new RangeError('a length out of range')
    return value
  }

  #byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new RangeError('a number beyond the end')
    return byte
  }
}

export function exact(value: bigint): Integer {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
