/** Integers as numbers, the nearest ones where they are too large, and BLOBs as Buffers. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
