import { notify } from '../../base/diagnose.ts'
import type { Driver } from '../driver.ts'
import { BunSqliteConnection, openBunSqlite } from './connection.ts'
import { type BunSqliteDatabase, FITTING, hasSqlFunctions, loadBunSqlite } from './database.ts'
import { patchBunSqlite, patchClassOf } from './patch.ts'

const NAME = 'bun:sqlite'

export const bunSqlite: Driver<BunSqliteDatabase> = {
  name: NAME,
  database: `a Database of ${NAME} in ${FITTING}`,
  install: `use ${FITTING}`,
  recognizes: (value): value is BunSqliteDatabase => 'filename' in value && 'query' in value && hasSqlFunctions(value),
  connect: (database) => new BunSqliteConnection(database),
  patchClassOf,
  patchLoaded() {
    const { prototype } = loadBunSqlite().Database
    if (hasSqlFunctions(prototype)) patchBunSqlite(prototype)
    else notify(NAME, unobserved(process.versions.bun))
  },
  opener() {
    loadBunSqlite()
    return openBunSqlite
  },
  // There is one SQLite in Bun, which node:sqlite shares.
  openerOfSame: () => openBunSqlite,
  isOpenedByPath: ({ filename }) => !filename.startsWith('file:'),
  check(agent) {
    const asked = agent.run(HAS_FUNCTIONS, '')
    const [, version] = /Bun (\d\S*)/.exec(asked.stderr) ?? []
    if (version === undefined)
      return { found: 'Bun does not start', fix: 'give the Bun that runs your agent, or its path' }
    return { found: `in Bun ${version}`, fix: asked.succeeded ? undefined : unobserved(version) }
  },
}

const HAS_FUNCTIONS = `console.error('Bun ' + process.versions.bun)
  process.exit(typeof require('${NAME}').Database.prototype.function === 'function' ? 0 : 1)`

function unobserved(version = ''): string {
  return (
    `${NAME} of Bun ${version} has no SQL functions, so its goals are not observed: use ${FITTING}, ` +
    'or follow its file from outside by goaltrace watch FILE'
  )
}
