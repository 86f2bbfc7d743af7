import type { Value } from '../sqlite/wal/record.ts'
import type { TreePage } from '../sqlite/wal/table-tree.ts'

/** A page as text: what of its rows was asked for, and by what its bytes are recognized, not the bytes themselves. */
export function textOfPage({ children, rows, overflow, sums }: TreePage): string {
  const kept = rows.map(({ key, values }) => [key, values.map(valueAsJson)])
  return JSON.stringify([children, kept, overflow, sums])
}

export function pageOfText(text: string): TreePage {
  const [children, rows, overflow, sums] = JSON.parse(text) as [
    number[],
    [string, unknown[]][],
    number[],
    [number, number][],
  ]
  return { children, rows: rows.map(([key, values]) => ({ key, values: values.map(valueOfJson) })), overflow, sums }
}

/** JSON has no form for a large integer, a BLOB, or a double that is infinite. */
function valueAsJson(value: Value): unknown {
  if (typeof value === 'bigint') return { integer: String(value) }
  if (value instanceof Uint8Array) return { blob: Buffer.from(value).toString('hex') }
  return typeof value === 'number' && !Number.isFinite(value) ? { double: String(value) } : value
}

function valueOfJson(kept: unknown): Value {
  if (typeof kept !== 'object' || kept === null) return kept as Value
  const { integer, blob, double } = kept as { integer?: string; blob?: string; double?: string }
  if (integer !== undefined) return BigInt(integer)
  return double !== undefined ? Number(double) : new Uint8Array(Buffer.from(blob ?? '', 'hex'))
}
