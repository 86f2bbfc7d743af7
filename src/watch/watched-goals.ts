import { reason } from '../base/diagnose.ts'
import type { GoalChange } from '../event/goal-change.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import { SENDERS } from '../outbox/outbox-table.ts'
import { UnmappedWords } from '../outbox/unmapped-words.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import { DamagedPageError } from '../sqlite/wal/btree-page.ts'
import { SCHEMA, tableNamed } from '../sqlite/wal/schema-rows.ts'
import { type TrackedChange, TrackedTables } from '../sqlite/wal/tracked-tables.ts'
import type { DatabaseStep } from './database-step.ts'
import { followedText, isStillFollowed } from './followed-mapping.ts'
import { GoalRows } from './goal-rows.ts'
import type { GoalSink } from './goal-sink.ts'
import { JournalWait } from './journal-wait.ts'
import { LogCopier } from './log-copier.ts'
import { UncertainPageError } from './log-image.ts'
import { isReported, ObservedCommits, OWN_TABLES } from './observed-commits.ts'
import { PlaceStore } from './place-store.ts'
import { WatchedDatabase } from './watched-database.ts'

export interface WatchOptions {
  /** The database that is watched, by its real path. */
  readonly file: string
  readonly tables: readonly GoalTable[]
  readonly captureObjective: boolean
  /** goaltrace's own file, which nobody else writes to: how far it was read, and what was found. */
  readonly own: Connection
  /** Opens a database in memory. */
  readonly open: OpenDatabase
  readonly sink: GoalSink
  /** What the user has to know, as a sentence. */
  readonly say: (sentence: string) => void
  /** A change that was found and is kept. */
  readonly found: (change: GoalChange) => void
  /** Whether what stands in the tables at first was made since the watching began, and so is reported. Default: where the database was awaited. */
  readonly isNew?: boolean
}

/**
 * The goals of a database that is followed from outside. What a step finds and how far it has read are one transaction in
 * goaltrace's own file, so that another process goes on right there.
 */
export class WatchedGoals {
  readonly #options: WatchOptions
  readonly #places: PlaceStore
  readonly #wait: JournalWait
  readonly #unmapped = new UnmappedWords()
  readonly #said = new Set<string>()
  readonly #isNew: boolean
  #state: State

  /** @throws {Error} where a newer goaltrace has watched the file. */
  constructor(options: WatchOptions) {
    this.#options = options
    this.#places = new PlaceStore(options.own)
    this.#isNew = options.isNew ?? this.#places.isAwaited
    this.#wait = new JournalWait(options.file)
    this.#state = this.#restored()
  }

  /** The mapped tables that the database has. */
  get tables(): string[] {
    return this.#state.goals.map(({ table }) => table.table).filter((name) => this.#state.database.tables.isThere(name))
  }

  /**
   * Takes what has happened since the last time, or a part of it.
   * @returns whether there is more to take right away.
   * @throws {UnreadableDatabaseError} where the file is encrypted or no database; else what the file system or goaltrace's
   * own file says. Nothing is lost by it: the next step starts where the last one that succeeded ended.
   */
  step(): boolean {
    try {
      const step = this.#next()
      if (step) this.#keep(step)
      if (!this.#state.database.isThere) this.#say('it was deleted or moved; watching goes on when it is back')
      if (step === undefined) this.#sayWhatIsWaitedFor()
      return step?.more ?? false
    } catch (error) {
      this.#state.database.close()
      this.#state = this.#restored()
      throw error
    }
  }

  close(): void {
    this.#state.database.close()
  }

  #next(): DatabaseStep | undefined {
    const { database } = this.#state
    try {
      return database.step()
    } catch (error) {
      if (!(error instanceof DamagedPageError || error instanceof UncertainPageError)) throw error
      database.close()
      this.#state = this.#restored()
      return this.#state.database.compare(`what was read of it does not fit together (${reason(error)})`)
    }
  }

  #restored(): State {
    const { file, tables, captureObjective, open } = this.#options
    const goals = tables.map((table) => new GoalRows(table, captureObjective))
    const tracked = new TrackedTables([...goals.flatMap(({ wanted }) => wanted), ...OWN_TABLES], open)
    const observed = new ObservedCommits()
    const kept = this.#places.read()
    const isFollowed = kept && isStillFollowed(kept.following, this.#following, this.#wasThere)
    if (isFollowed === false && !this.#isNew) {
      this.#say('the mapping has changed: rows are followed from now on')
    }
    const place = isFollowed ? kept.place : undefined
    if (place) {
      tracked.restore(kept?.tables ?? [], (tree) => this.#places.pages(tree))
      for (const one of goals) {
        const { table, usage } = one.table
        one.load(tracked.rowsOf(table), usage && tracked.rowsOf(usage.table))
      }
      observed.load(tracked.rowsOf(SENDERS))
    }
    return { goals, observed, database: new WatchedDatabase(file, tracked, place, new LogCopier(`${file}-wal`)) }
  }

  #keep(step: DatabaseStep): void {
    const { own, found } = this.#options
    const changes: GoalChange[] = []
    own.exec('BEGIN IMMEDIATE')
    try {
      for (const commit of step.changes) changes.push(...this.#write(commit, step.gap))
      const tables = this.#state.database.tables.kept
      this.#places.write({ following: this.#following, place: step.place, tables }, step.changes)
      own.exec('COMMIT')
    } catch (error) {
      if (own.inTransaction) own.exec('ROLLBACK')
      throw error
    }
    if (step.gap) {
      this.#say(`${step.gap}: its rows were compared as they stand, and what has changed is marked as inferred`)
    }
    for (const change of changes) found(change)
  }

  #write({ tables, notes }: TrackedChange, gap: string | undefined): GoalChange[] {
    for (const note of notes) this.#say(note)
    const { sink } = this.#options
    const { goals, observed } = this.#state
    const reported = observed.of(tables)
    const written: GoalChange[] = []
    for (const one of goals) {
      const changes = one.changes(tables)
      if (isReported(one.table, reported)) continue
      for (const change of changes) {
        // What stands there at first has no history.
        if (gap === '' && !this.#isNew) {
          sink.stands(change)
          continue
        }
        if (change.after && change.after.status === undefined) {
          this.#say(this.#unmapped.sentence(one.table.table, one.wordOf(change.after)))
        }
        if (sink.take(change, gap !== undefined)) written.push(change)
      }
    }
    return written
  }

  #sayWhatIsWaitedFor(): void {
    const sentence = this.#wait.sentence(this.#state.database.journal(), performance.now())
    if (sentence) this.#say(sentence)
  }

  #say(sentence: string): void {
    if (this.#said.has(sentence)) return
    this.#said.add(sentence)
    this.#options.say(sentence)
  }

  readonly #wasThere = (table: string): boolean => {
    const rows = [...this.#places.pages(SCHEMA)].flatMap(([, page]) => page.rows)
    return tableNamed(table, rows) !== undefined
  }

  get #following(): string {
    return followedText(this.#options.tables, this.#options.captureObjective)
  }
}

interface State {
  readonly goals: readonly GoalRows[]
  readonly observed: ObservedCommits
  readonly database: WatchedDatabase
}
