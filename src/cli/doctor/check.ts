import { styleText } from 'node:util'

/** One line of `goaltrace doctor`: what was looked at, what was found, and what to do where that is a fault. */
export interface Check {
  readonly name: string
  readonly found: string
  /** What to do next. If it is set, the check has found a fault. */
  readonly fix?: string | undefined
}

export function checkTable(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.flatMap(({ name, found, fix }) => {
    const mark = fix === undefined ? styleText('green', '✓') : styleText('red', '✗')
    const line = `${mark} ${name.padEnd(width)}  ${found}`
    return fix === undefined ? [line] : [line, `  ${' '.repeat(width)}  → ${fix}`]
  })
  return lines.join('\n')
}
