import { OWN_PREFIX } from '../own-names.ts'

const DELETE = 9
const UPDATE = 23
const PATCHSET = 'P'.charCodeAt(0)
const TABLE = ['T'.charCodeAt(0), PATCHSET]

/**
 * A changeset or patchset without goaltrace's tables: to the agent its changes alone are changes.
 * The format is the one of https://github.com/sqlite/sqlite/blob/master/ext/session/sqlite3session.c: for each table its
 * number of columns, which of them are its key, and its name, then its changes.
 */
export function withoutOutbox(changes: Uint8Array): Uint8Array {
  const bytes = Buffer.from(changes.buffer, changes.byteOffset, changes.byteLength)
  if (!bytes.includes(OWN_PREFIX)) return changes
  const kept: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const { name, end } = tableAt(bytes, at)
    if (!name.startsWith(OWN_PREFIX)) kept.push(bytes.subarray(at, end))
    at = end
  }
  return new Uint8Array(Buffer.concat(kept))
}

function tableAt(bytes: Buffer, start: number): { name: string; end: number } {
  const patch = bytes[start] === PATCHSET
  const columns = varint(bytes, start + 1)
  const keys = bytes.subarray(columns.end, columns.end + columns.value)
  const nameEnd = bytes.indexOf(0, columns.end + columns.value)
  const name = bytes.toString('utf8', columns.end + columns.value, nameEnd)
  let at = nameEnd + 1
  while (at < bytes.length && !TABLE.includes(bytes[at] as number)) {
    const operation = bytes[at]
    // A patchset has of a deleted row its key, and of an updated one no old values.
    const values = patch && operation === DELETE ? keys.filter((key) => key !== 0).length : columns.value
    const records = operation === UPDATE && !patch ? 2 : 1
    at += 2
    for (let n = values * records; n > 0; n--) at = valueEnd(bytes, at)
  }
  return { name, end: at }
}

/** The byte before a value gives its type: nothing, an integer, a real, a text, a BLOB, or NULL. */
function valueEnd(bytes: Buffer, at: number): number {
  const type = bytes[at]
  if (type === 1 || type === 2) return at + 9
  if (type !== 3 && type !== 4) return at + 1
  const length = varint(bytes, at + 1)
  return length.end + length.value
}

/** https://sqlite.org/fileformat2.html#varint; none here is longer than 32 bits. */
function varint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0
  for (let at = start; ; at++) {
    const byte = bytes[at] ?? 0
    value = value * 128 + (byte & 127)
    if (byte < 128) return { value, end: at + 1 }
  }
}
