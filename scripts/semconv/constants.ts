import type { Registry } from './registry.ts'
import { type Attribute, type Member, textOf } from './shape.ts'

const HEAD = '// Generated from semconv/ by `node scripts/semconv.ts`: the names of what goaltrace records.\n'

/** A module of constants, formatted as the linter expects. */
export function constants({ own, upstream }: Registry): string {
  const attributes = [...own.attributes, ...upstream.attributes]
  const lines = [
    ...attributes.map((attribute) => constant('ATTR', attribute.key, textOf(attribute)) + members(attribute)),
    ...own.events.map((event) => constant('EVENT', event.name, textOf(event))),
    ...own.spans.map((span) => constant('SPAN', span.name.note, textOf(span))),
    ...own.metrics.map((metric) => constant('METRIC', metric.name, `${textOf(metric)} Unit: \`${metric.unit}\`.`)),
  ]
  return `${HEAD}\n${lines.join('\n')}`
}

function constant(prefix: string, value: string, doc: string, name = value): string {
  return `${docstring(doc)}export const ${prefix}_${upper(name)} = '${value}' as const\n`
}

function members({ key, type }: Attribute): string {
  if (typeof type === 'string') return ''
  return type.members
    .map(({ id, value, brief }: Member) => `\n${constant(`${upper(key)}_VALUE`, value, brief, id)}`)
    .join('')
}

function upper(name: string): string {
  return name.replaceAll('.', '_').toUpperCase()
}

function docstring(doc: string): string {
  if (doc.length <= 113) return `/** ${doc} */\n`
  const lines = ['']
  for (const word of doc.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart()
    if (line.length <= 117) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */\n`
}
