import type { HrTime } from '@opentelemetry/api'
import { ByteWriter } from './byte-writer.ts'
import { nanoseconds } from './nanoseconds.ts'

/** JSON, byte by byte: texts that are put together and then turned into bytes took twice as long, most of it to collect them again. */
export class JsonWriter extends ByteWriter {
  /** @param text Of ASCII, written as it is. */
  raw(text: string): void {
    const { length } = text
    this.reserve(length)
    const { bytes, at } = this
    for (let n = 0; n < length; n++) bytes[at + n] = text.charCodeAt(n)
    this.at = at + length
  }

  string(text: string): void {
    const { length } = text
    this.reserve(length + 2)
    const { bytes, at } = this
    for (let n = 0; n < length; n++) {
      const code = text.charCodeAt(n)
      if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) {
        this.#escaped(text)
        return
      }
      bytes[at + 1 + n] = code
    }
    bytes[at] = QUOTE
    bytes[at + 1 + length] = QUOTE
    this.at = at + length + 2
  }

  integer(value: number): void {
    if (value >= 0 && value < 1e9) this.#digits(value, digitsIn(value))
    else this.raw(String(value))
  }

  /** A time in nanoseconds since 1970, as a string. */
  time(time: HrTime): void {
    const [seconds, nanos] = time
    this.raw('"')
    if (seconds > 0 && nanos < 1e9) {
      this.integer(seconds)
      this.#digits(nanos, 9)
    } else this.raw(String(nanoseconds(time)))
    this.raw('"')
  }

  /** @param value Whole, from 0 to 999,999,999. */
  #digits(value: number, count: number): void {
    this.reserve(count)
    const { bytes, at } = this
    let rest = value
    for (let n = count - 1; n >= 0; n--) {
      const next = (rest / 10) | 0
      bytes[at + n] = ZERO + rest - 10 * next
      rest = next
    }
    this.at = at + count
  }

  #escaped(text: string): void {
    const json = JSON.stringify(text)
    // As many bytes as UTF-8 may need.
    this.reserve(3 * json.length)
    this.at += this.bytes.write(json, this.at)
  }
}

const SPACE = 0x20
const QUOTE = 0x22
const ZERO = 0x30
const BACKSLASH = 0x5c
const TILDE = 0x7e

function digitsIn(value: number): number {
  let count = 1
  for (let above = 10; above <= value; above *= 10) count++
  return count
}
