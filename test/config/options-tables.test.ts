import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))
const PAGES = ['instrumenting', 'files'].map((name) =>
  readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8'),
)

/** The options of an interface with what its docstrings say of them, each on one line. */
function optionsOf(name: string): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const declaration = new RegExp(String.raw`export interface ${name}\b[^{]*\{\n(.*?)\n\}`, 's')
  const [body = ''] = files.flatMap((file) => declaration.exec(readFileSync(join(SOURCE, file), 'utf8'))?.[1] ?? [])
  const options = [...body.matchAll(/(?:\/\*\*\s*(.*?)\s*\*\/\s*)?readonly (\w+)\??:/gs)].filter(
    ([, says = '']) => !says.startsWith('@deprecated'),
  )
  return options.map(([, says = '', option]) => `| \`${option}\` | ${says.replace(/\s*\n\s*\*\s*/g, ' ')} |`)
}

describe('the tables of options in docs', () => {
  const tables = PAGES.flatMap((page) => [...page.matchAll(/<!-- options: ([\w ]+) -->\n\n(.*?)\n\n/gs)])

  it('are all those that there are', () => {
    expect(tables).toHaveLength(11)
  })

  it.each(tables.map(([, names = '', table = '']) => [names, table]))(
    'say of %s what its types say',
    (names, table) => {
      const [, , ...rows] = table.split('\n').map((row) => row.replace(/ +/g, ' '))
      const said = names.split(' ').flatMap(optionsOf)
      expect(said.length).toBeGreaterThan(0)
      expect(rows).toEqual(said)
      expect(said.filter((row) => row.endsWith('|  |'))).toEqual([])
    },
  )
})
