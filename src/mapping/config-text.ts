import type { Configuration } from './config-file.ts'
import type { GoalTable } from './goal-table.ts'

/** Columns of a line. */
const WIDTH = 110

/** goaltrace.config.json as somebody reads it: a line for a table's columns, and one for the words of each meaning. */
export function configText(config: Configuration & { readonly $schema?: string }): string {
  const parts: string[] = []
  const kept = (text: string) => `\0${parts.push(text) - 1}`
  const text = JSON.stringify(
    config,
    (key, value) => {
      if (key === 'statuses') return kept(statusesText(value))
      return key === 'columns' || key === 'usage' ? kept(`{ ${entries(value).join(', ')} }`) : value
    },
    2,
  )
  return `${text.replace(/"\\u0000(\d+)"/g, (_, place) => parts[place] ?? '')}\n`
}

function statusesText(statuses: NonNullable<GoalTable['statuses']>): string {
  const lines: string[] = []
  let last: string | undefined
  for (const [word, meaning] of Object.entries(statuses)) {
    const [entry = ''] = entries({ [word]: meaning })
    const line = lines.at(-1)
    if (line !== undefined && meaning === last && line.length + entry.length < WIDTH) {
      lines[lines.length - 1] = `${line}, ${entry}`
    } else lines.push(`        ${entry}`)
    last = meaning
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n      }`
}

function entries(of: object): string[] {
  return Object.entries(of).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
}
