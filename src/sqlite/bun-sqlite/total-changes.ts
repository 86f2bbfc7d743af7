interface Changes {
  readonly changes: number
  readonly lastInsertRowid: number | bigint
}

/**
 * Runs the statements of one text, each when it is called with it, and answers as bun:sqlite's `run` does for all of
 * them at once: with the rows that they have changed together.
 */
export function totalOf(run: (sql: string) => unknown): (sql: string) => unknown {
  let total = 0
  return (sql) => {
    const one = run(sql) as Changes
    total += one.changes
    return total === one.changes ? one : { ...one, changes: total }
  }
}
