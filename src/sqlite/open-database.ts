/** How to open a SQLite file, in the words of better-sqlite3: its class, or one that does the same by another driver. */
export type OpenDatabase = new (
  file: string,
  options: { fileMustExist?: boolean; readonly?: boolean; timeout: number },
) => OwnDatabase

export interface OwnDatabase {
  prepare(sql: string): {
    get(...parameters: unknown[]): unknown
    all(...parameters: unknown[]): unknown[]
    run(...parameters: unknown[]): unknown
  }
  exec(sql: string): unknown
  close(): unknown
}
