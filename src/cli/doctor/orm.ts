import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TABLES } from '../../outbox/outbox-table.ts'
import type { Check } from './check.ts'

interface Orm {
  readonly name: string
  /** Of its files of settings, in the project's folder. */
  readonly file: RegExp
  /** Whether what it says of itself has to do with SQLite, or drops tables. */
  readonly concerns: RegExp
  /** What its commands do with tables that are not in its schema, and what keeps goaltrace's. Without, nothing happens to them. */
  readonly drops?: { readonly by: string; readonly keep: string }
}

const ORMS: readonly Orm[] = [
  {
    name: 'drizzle-kit',
    file: /^drizzle\.config\.(?:[cm]?[jt]s|json)$/,
    concerns: /sqlite/i,
    drops: { by: '`drizzle-kit push`', keep: `tablesFilter: ['!_goaltrace_*']` },
  },
  {
    name: 'Prisma',
    file: /^(?:schema\.prisma|prisma\.config\.[cm]?[jt]s)$/,
    concerns: /provider\s*=\s*"sqlite"|file:/,
    drops: {
      by: '`prisma db push`',
      keep: `experimental: { externalTables: true }, tables: { external: [${TABLES.map((table) => `'${table}'`).join(', ')}] } in prisma.config.ts`,
    },
  },
  {
    name: 'TypeORM',
    file: /^(?:ormconfig|(?:\w+-)?data-source)\.\w+$/,
    concerns: /dropSchema['"]?\s*[:=]\s*true/,
    drops: { by: 'dropSchema', keep: 'dropSchema: false' },
  },
  { name: 'Knex', file: /^knexfile\.[cm]?[jt]s$/, concerns: /sqlite/ },
]

/** Of an agent's project: whether its ORM would drop the outbox with its pending rows. */
export function ormChecks(folder: string): Check[] {
  const files = filesOf(projectOf(folder))
  return ORMS.flatMap((orm) => ormCheck(orm, files) ?? [])
}

function ormCheck({ name, file, concerns, drops }: Orm, files: readonly string[]): Check | undefined {
  const own = files.filter((path) => file.test(path.split(/[\\/]/).at(-1) ?? ''))
  const text = own.map((path) => readFileSync(path, 'utf8')).join('\n')
  if (own.length === 0 || !concerns.test(text)) return undefined
  if (drops === undefined) return { name, found: 'leaves tables alone that are not its own' }
  if (text.includes('_goaltrace_')) return { name, found: `is configured to keep goaltrace's tables` }
  const found = `${drops.by} drops goaltrace's tables, with the pending rows in them`
  return { name, found, fix: drops.keep }
}

/** Where the next package.json upwards is. */
function projectOf(folder: string): string {
  const above = dirname(folder)
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : projectOf(above)
}

function filesOf(project: string): string[] {
  const folders = ['', 'prisma', '.config', 'src'].map((inner) => join(project, inner))
  return folders.filter(existsSync).flatMap((folder) => {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(folder, entry.name)] : [],
    )
  })
}
