/** Columns of a line. */
const WIDTH = 110

/** JSON as somebody reads it: what fits into a line is one. */
export function jsonText(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  const texts = (within: string) =>
    entries.map(([key, one]) => `${isList ? '' : `${JSON.stringify(key)}: `}${jsonText(one, within)}`)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  const inner = `${indent}  `
  const parts = texts(inner)
  const gap = isList || parts.length === 0 ? '' : ' '
  const line = `${open}${gap}${parts.join(', ')}${gap}${close}`
  if (line.length + indent.length < WIDTH && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`
}
