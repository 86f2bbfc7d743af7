import sqlite from 'better-sqlite3/package.json' with { type: 'json' }
import { expect, it } from 'vitest'
import { loadBetterSqlite3 } from '../../src/sqlite/better-sqlite3/load.ts'

it('better-sqlite3 13 is not loaded into a process that it would crash', () => {
  expect(() => loadBetterSqlite3('better-sqlite3', '20.20.2')).toThrow(
    `better-sqlite3 ${sqlite.version} crashes Node 20.20.2: npm i better-sqlite3@12, or Node 22`,
  )
  expect(loadBetterSqlite3('better-sqlite3', '22.16.0')).toBeTypeOf('function')
})
