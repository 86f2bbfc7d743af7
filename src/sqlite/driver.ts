import type { Connection } from './connection.ts'
import type { OpenDatabase } from './open-database.ts'

/**
 * A SQLite driver: all that goaltrace knows of it. Nothing outside this room asks which driver a database is of.
 *
 * How to add one:
 * 1. Write `src/sqlite/NAME.ts`, or a folder where one file gets too long, that exports a `Driver`. One with the API of
 *    better-sqlite3 is `likeBetterSqlite3({ name, … })`, as multiple-ciphers.ts shows. Any other adapts its databases to
 *    `Connection` (see node-sqlite/connection.ts) and patches its classes (node-sqlite/patch.ts): with `patchMethod`, so
 *    that stack traces and property descriptors stay as they are, and each statement is handed to the
 *    `ConnectionObservation` that `observationFor(this)` finds. A statement of a connection without one must pass at the
 *    cost of that lookup; bench/untouched.ts measures it.
 * 2. Add it to `LIST` in drivers.ts, and its databases to `ObservableDatabase` there. Instrumentation, `observeGoals`, its messages,
 *    delivery and `doctor` follow.
 * 3. The driver has to run SQL functions of JavaScript's synchronously, inside the statement that calls them, and to
 *    report SQLite's result code on its errors where result-code.ts reads it.
 * 4. Prove it: test/drivers has a file for each driver; test/agents/both.ts runs an agent with goaltrace and without and
 *    compares them; test/matrix installs it into a fresh folder. It becomes an optional peer dependency in package.json.
 */
export interface Driver<Database extends object = object> {
  /** As an agent imports it: a package, or a module of Node's. */
  readonly name: string
  /** What messages call one of its databases, with the article. */
  readonly database: string
  /** Where it can be had, for a user who has no driver yet; undefined where another one is the better advice. */
  readonly install?: string
  /** Whether it reads wide rows the fastest, so that the backend takes it first. */
  readonly fast?: boolean

  /** Whether an object is a database of this driver that can be observed; open, closed, or of a class that extends it. */
  recognizes(value: object): value is Database
  /** A database in the words of `Connection`. Called once for each database. */
  connect(database: Database): Connection

  /** Patches the class of a database that is observed from now on, and may have statements already. */
  patchClassOf(database: Database): void
  /** Patches what is loaded already, and what a hook on files does not reach. Called once instrumentation is enabled. */
  patchLoaded(): void
  /** The files of its package that are patched as they are loaded. */
  readonly files?: PatchedFiles

  /**
   * Opens goaltrace's own files, or those that this process does not have open.
   * @throws where the driver is not installed, or does not fit this Node.
   */
  opener(): OpenDatabase
  /**
   * Opens further connections by the very copy of SQLite that has this one open: a second copy in one process knows
   * nothing of the first one's locks, and its close drops them
   * (https://sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application).
   * @returns undefined where that copy cannot be reached.
   */
  openerOfSame(database: Database): OpenDatabase | undefined
  /** Whether a connection was opened by the plain path of its file, not a URI that may name another VFS and so other locks. */
  isOpenedByPath(database: Database): boolean

  /** What `goaltrace doctor` reports; undefined where it is not installed. */
  check(agent: Installation): DriverCheck | undefined
}

export interface PatchedFiles {
  /** Supported versions of the package, as semver ranges. */
  readonly versions: readonly string[]
  /** By their path, as `better-sqlite3/lib/database.js`: each takes its file's exports, and returns what takes their place. */
  // biome-ignore lint/suspicious/noExplicitAny: each file exports something else
  readonly patches: Readonly<Record<string, (exported: any) => unknown>>
}

/** Where an agent runs, as far as a driver asks. */
export interface Installation {
  /** As `24.11.0`. */
  readonly nodeVersion: string
  /** What `require(name)` finds; undefined where it is not installed. */
  find(name: string): { readonly version: string; readonly path: string } | undefined
  /** Runs a script of CommonJS with the agent's Node. */
  run(script: string, argument: string): { readonly succeeded: boolean; readonly stderr: string }
  /** Whether there is such a file, with this text in it. */
  contains(path: string, text: string): boolean
}

export interface DriverCheck {
  /** Its version, for the most part. */
  readonly found: string
  /** What to do; undefined where all is well. */
  readonly fix?: string | undefined
}
