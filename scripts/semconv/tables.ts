import type { Registry } from './registry.ts'
import { resolveRefs } from './rules.ts'
import { type Attribute, type Ref, textOf } from './shape.ts'

/** What goaltrace records, as a page of tables. */
export function tables({ own, upstream }: Registry): string {
  const attributes = [...own.attributes, ...upstream.attributes]
  const refs = (signal: { readonly attributes: readonly Ref[] }) =>
    table(
      ['attribute', 'type', 'when'],
      resolveRefs(signal.attributes, own.attribute_groups).map((ref) => [
        code(ref.ref),
        typeOf(attributes.find(({ key }) => key === ref.ref)),
        when(ref),
      ]),
    )
  return `${[
    '<!-- Generated from semconv/ by `node scripts/semconv.ts`. -->',
    '# What goaltrace records',
    "Constants for all names: `import { ATTR_AGENT_GOAL_ID } from 'goaltrace/semconv'`. Unknown values are absent.",
    '## Attributes',
    table(
      ['attribute', 'type', 'meaning'],
      attributes.map((attribute) => [code(attribute.key), typeOf(attribute), textOf(attribute)]),
    ),
    ...own.attributes.flatMap(({ key, type }) =>
      typeof type === 'string'
        ? []
        : [
            `### Values of ${code(key)}`,
            table(
              ['value', 'meaning'],
              type.members.map((one) => [code(one.value), textOf(one)]),
            ),
          ],
    ),
    '## Events',
    'Log records with an event name. A record without a **required** attribute, or whose resource is without one, becomes no payload: the backend sets it aside and names all that is missing.',
    ...own.events.flatMap((event) => [`### ${code(event.name)}`, textOf(event), refs(event)]),
    '## Spans',
    'Of kind `INTERNAL`, named after the operation.',
    ...own.spans.flatMap((span) => [`### ${code(span.name.note)}`, textOf(span), refs(span)]),
    '## Metrics',
    ...own.metrics.flatMap((metric) => [
      `### ${code(metric.name)}`,
      `${textOf(metric)} A ${metric.instrument}, in ${code(metric.unit)}.`,
      refs(metric),
    ]),
    '## Resource',
    ...own.attribute_groups
      .filter(({ visibility }) => visibility === 'public')
      .flatMap((group) => [textOf(group), refs(group)]),
  ].join('\n\n')}\n`
}

/** Columns are padded, as the formatter does. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [line(all[0] ?? []), rule, ...all.slice(1).map(line)].join('\n')
}

function typeOf(attribute: Attribute | undefined): string {
  const type = attribute?.type
  return typeof type === 'object' ? 'string, one of its values' : (type ?? '')
}

function when({ requirement_level: level }: Ref): string {
  if (typeof level === 'object') return (level.conditionally_required ?? '').toLowerCase().replace(/\.$/, '')
  if (level === 'required') return '**required**'
  return level === 'opt_in' ? 'if asked for' : 'if possible'
}

function code(text: string): string {
  return `\`${text}\``
}
