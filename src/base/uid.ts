import { nodeCrypto } from './node-crypto.ts'

/** Bytes of a `log.record.uid`. */
export const UID_BYTES = 16

/**
 * Makes `log.record.uid`s: UUIDs of version 7 (https://www.rfc-editor.org/rfc/rfc9562#section-5.7), so that a store
 * keyed by them appends. The 12 bits after the time count within a millisecond; what follows is random, drawn
 * once per source: with a source per connection that is enough to be unique; the last byte is 0, for `eventUid`.
 * @returns a function that writes the next one to the start of the given buffer.
 */
export function uidWriter(to: Buffer): (nowMs: number) => void {
  nodeCrypto()
    .randomBytes(UID_BYTES - 9)
    .copy(to, 8)
  to[8] = 0x80 | ((to[8] ?? 0) & 0x3f)
  to[15] = 0
  let time = 0
  let count = 0
  return (nowMs) => {
    if (nowMs > time) {
      // The bytes first: V8 may end this at any call, and a time that is not in them would make a uid twice.
      to.writeUIntBE(nowMs, 0, 6)
      time = nowMs
      count = 0
    } else if (++count > 0xfff) {
      // More than 4096 in a millisecond, or the clock was set back: borrow from the next one, as RFC 9562, 6.2 allows.
      to.writeUIntBE(time + 1, 0, 6)
      time++
      count = 0
    }
    to[6] = 0x70 | (count >> 8)
    to[7] = count & 0xff
  }
}

/** A source of uids as text. */
export function uidSource(): (nowMs: number) => string {
  const bytes = Buffer.alloc(UID_BYTES)
  const write = uidWriter(bytes)
  return (nowMs) => {
    write(nowMs)
    return uidText(bytes.toString('hex'))
  }
}

/** From 32 lower-case hex digits. */
export function uidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** The uid of a change's n-th event (0 to 255): the same no matter when and by which process the change is drained. */
export function eventUid(changeUid: string, index: number): string {
  return index === 0 ? changeUid : changeUid.slice(0, -2) + index.toString(16).padStart(2, '0')
}
