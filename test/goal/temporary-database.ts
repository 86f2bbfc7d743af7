import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'

/** A database file for the running test, and as many connections to it as it asks for. */
export function temporaryDatabase(): { file: string; connect: (options?: Database.Options) => Database.Database } {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-'))
  const file = join(folder, 'goals.sqlite')
  const connections: Database.Database[] = []
  onTestFinished(() => {
    for (const connection of connections) connection.close()
    rmSync(folder, { recursive: true })
  })
  return {
    file,
    connect(options) {
      const connection = new Database(file, options)
      connections.push(connection)
      return connection
    },
  }
}
