import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Proposal, proposedMappings } from '../../src/mapping/proposed-mapping.ts'
import { DatabaseSketch } from '../../src/watch/database-sketch.ts'
import { CODES } from '../mapping/schemas/codes.ts'
import { FLAGS } from '../mapping/schemas/flags.ts'
import { KEYS } from '../mapping/schemas/keys.ts'
import { ORMS } from '../mapping/schemas/orms.ts'
import { WORDS } from '../mapping/schemas/words.ts'

const SCHEMAS = [...WORDS, ...CODES, ...FLAGS, ...KEYS, ...ORMS]

function agent(mode: string, pageSize = 4096): Database.Database {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-sketch-'))
  const database = new Database(join(folder, 'a.db'))
  onTestFinished(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })
  database.pragma(`page_size = ${pageSize}`)
  database.pragma(`journal_mode = ${mode}`)
  return database
}

function proposed(database: Database.Database): Proposal {
  return proposedMappings((sql, ...parameters) => database.prepare(sql).all(...parameters) as never)
}

function fromOutside({ name }: Database.Database): Proposal {
  const sketch = new DatabaseSketch(name, Database as never)
  try {
    return proposedMappings(sketch.query)
  } finally {
    sketch.close()
  }
}

describe('what a database could be mapped as is the same from outside as for its own connection', () => {
  it.each(SCHEMAS.map((one) => [one.name, one] as const))('%s', (_, { schema, work }) => {
    for (const [mode, pageSize] of [
      ['WAL', 4096],
      ['DELETE', 512],
      ['WAL', 65_536],
    ] as const) {
      const database = agent(mode, pageSize)
      database.exec(schema)
      expect(fromOutside(database)).toEqual(proposed(database))
      for (const statement of work) database.prepare(statement).run()
      expect(fromOutside(database)).toEqual(proposed(database))
    }
  })

  it('with functions, collations and constraints that only the agent has, and more rows than are read', () => {
    const database = agent('WAL')
    database.function('checked', { deterministic: true, varargs: true }, () => 1)
    database.exec(`
      CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT COLLATE NOCASE CHECK (checked(title)), photo BLOB NOT NULL, size INTEGER,
        state TEXT NOT NULL, twice INTEGER AS (size * 2) STORED, thrice INTEGER AS (size * 3));
      CREATE TABLE logs (id INTEGER PRIMARY KEY, text TEXT);
      CREATE VIEW open_goals AS SELECT * FROM goals;
      CREATE TRIGGER noted AFTER INSERT ON goals BEGIN INSERT INTO logs (text) VALUES (new.title); END`)
    const insert = database.prepare('INSERT INTO goals (id, title, photo, size, state) VALUES (?, ?, ?, ?, ?)')
    database.transaction(() => {
      for (let n = 0; n < 9000; n++) {
        const state = n === 0 ? 'dreamt up' : n === 4500 ? 'never looked at' : n === 8999 ? 'sorted out' : 'running'
        insert.run(`g${n}`, 'x'.repeat(n % 7 === 0 ? 9000 : 10), Buffer.alloc(n % 50), 2 ** 52 + n, state)
      }
    })()
    const found = fromOutside(database)
    expect(found).toEqual(proposed(database))
    expect(found.mappings[0]?.unknown).toEqual(['dreamt up', 'sorted out'])
  })

  it('without a byte written or a lock taken, while a transaction is open', () => {
    const database = agent('WAL')
    database.exec(SCHEMAS[0]?.schema ?? '')
    const before = proposed(database)
    const bytes = ['', '-wal', '-shm'].map((more) => readFileSync(`${database.name}${more}`))
    database.exec('BEGIN EXCLUSIVE; CREATE TABLE later (id)')
    expect(fromOutside(database)).toEqual(before)
    database.exec('ROLLBACK')
    expect(
      ['', '-wal', '-shm'].map((more, n) => readFileSync(`${database.name}${more}`).equals(bytes[n] as Buffer)),
    ).toEqual([true, true, true])
  })
})
