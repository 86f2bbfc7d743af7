import { randomBytes } from 'node:crypto'

/**
 * Makes `log.record.uid`s: UUIDs of version 7 (https://www.rfc-editor.org/rfc/rfc9562#section-5.7), so that a store
 * keyed by them grows at its end. The 12 bits after the time count within a millisecond; what follows is random once a
 * source, as a source per connection needs no more to be unlike all others; the last byte is 0, for `eventUid`.
 */
export function uidSource(): (nowMs: number) => string {
  const random = randomBytes(7).toString('hex')
  const suffix = `-${'89ab'[Number.parseInt(random[0] ?? '0', 16) & 3]}${random.slice(1, 4)}-${random.slice(4)}`
  let time = 0
  let count = 0
  let prefix = ''
  return (nowMs) => {
    if (nowMs > time) {
      time = nowMs
      count = 0
      prefix = ''
    } else if (++count > 0xfff) {
      // More than 4096 in a millisecond, or the clock was set back: borrow from the next one, as RFC 9562, 6.2 allows.
      time++
      count = 0
      prefix = ''
    }
    if (prefix === '') {
      const hex = time.toString(16).padStart(12, '0')
      prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`
    }
    return `${prefix}${count.toString(16).padStart(3, '0')}${suffix}00`
  }
}

/** The uid of a change's n-th event (0 to 255): the same whenever and by whomever the change is drained. */
export function eventUid(changeUid: string, index: number): string {
  return changeUid.slice(0, -2) + index.toString(16).padStart(2, '0')
}
