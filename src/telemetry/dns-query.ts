import type { Family } from './lookup-answer.ts'

/** https://www.rfc-editor.org/rfc/rfc1035#section-3.2.2 and https://www.rfc-editor.org/rfc/rfc3596#section-2.1 */
const TYPES: Readonly<Record<Family, number>> = { 4: 1, 6: 28 }
const INTERNET = 1
const HEADER = 12
const RECURSION_DESIRED = 0x0100
const IS_ANSWER = 0x8000
const TRUNCATED = 0x0200
const NO_SUCH_NAME = 3

/** @returns undefined for what no name can be. */
export function dnsQuery(id: number, name: string, family: Family): Buffer | undefined {
  const labels = name.replace(/\.$/, '').split('.')
  if (name.length > 254 || labels.some((label) => label.length === 0 || label.length > 63)) return undefined
  const header = words(id, RECURSION_DESIRED, 1, 0, 0, 0)
  const parts = labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')])
  return Buffer.concat([header, ...parts, Buffer.of(0), words(TYPES[family], INTERNET)])
}

/**
 * The addresses that a server answers, those behind aliases too, which come with them; none where there is no such name.
 * @returns undefined for what is not an answer to this query, or says that the server cannot give one.
 */
export function dnsAddresses(query: Buffer, family: Family, message: Buffer): string[] | undefined {
  if (message.length < HEADER || message.readUInt16BE(0) !== query.readUInt16BE(0)) return undefined
  const flags = message.readUInt16BE(2)
  const code = flags & 0xf
  if (!(flags & IS_ANSWER) || (code !== 0 && code !== NO_SUCH_NAME)) return undefined
  try {
    const addresses = records(message, message.readUInt16BE(6), query.length)
      .filter(({ type, data }) => type === TYPES[family] && data.length === (family === 4 ? 4 : 16))
      .map(({ data }) => (family === 4 ? data.join('.') : (data.toString('hex').match(/.{4}/g) ?? []).join(':')))
    return flags & TRUNCATED && addresses.length === 0 ? undefined : addresses
  } catch {
    // It ends within a record.
    return undefined
  }
}

/** @param start The question comes back as it was asked, and the answers follow it. */
function records(message: Buffer, count: number, start: number): { type: number; data: Buffer }[] {
  let at = start
  return Array.from({ length: count }, () => {
    at = nameEnd(message, at)
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 8)]
    at += 10 + length
    if (at > message.length) throw new RangeError('cut')
    return { type, data: message.subarray(at - length, at) }
  })
}

function nameEnd(message: Buffer, start: number): number {
  let at = start
  for (;;) {
    const length = message.readUInt8(at)
    if (length === 0) return at + 1
    // The rest of it stands elsewhere.
    if (length >= 0xc0) return at + 2
    at += 1 + length
  }
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) buffer.writeUInt16BE(value, 2 * index)
  return buffer
}
