import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { realPath } from '../../base/real-path.ts'
import type { UnmappedNote } from '../../base/run-notes.ts'
import { shellWord } from '../../base/shell-word.ts'
import { configuration, configurationFile } from '../../mapping/config-file.ts'
import { type GoalTable, THREAD_GOALS } from '../../mapping/goal-table.ts'
import { type Proposal, proposedMappings, unmappedNote } from '../../mapping/proposed-mapping.ts'
import { tableOf } from '../../mapping/table-facts.ts'
import { writeMapping } from '../../mapping/write-mapping.ts'
import { openByAny } from '../../sqlite/drivers.ts'
import { DatabaseSketch } from '../../watch/database-sketch.ts'
import { printable } from '../terminal/printable.ts'
import { Failure } from './command.ts'
import { mappingLines } from './run-mapping.ts'

export interface WatchMappingOptions {
  /** Whether a table that nothing maps is mapped. */
  readonly maps: boolean
  /** What the user has to know, as a line. */
  readonly say: (line: string) => void
}

/** Which tables of the watched databases hold goals: by goaltrace.config.json, or as it is proposed. */
export class WatchMapping {
  tables: readonly GoalTable[]
  readonly maxOutboxRows: number | undefined
  /** Whether no file says what is mapped: then it is Codex's table, where there is one. */
  #isDefault: boolean
  readonly #options: WatchMappingOptions
  readonly #to = resolve(configurationFile())
  /** Files whose proposal was shown. */
  readonly #shown = new Set<string>()
  /** What a file was when it was last looked at. */
  readonly #seen = new Map<string, string>()

  /** @throws {Failure} where goaltrace.config.json is not valid. */
  constructor(options: WatchMappingOptions) {
    this.#options = options
    try {
      const { tables, maxOutboxRows } = configuration() ?? {}
      this.#isDefault = tables === undefined
      this.tables = tables ?? [THREAD_GOALS]
      this.maxOutboxRows = maxOutboxRows
    } catch (error) {
      throw new Failure((error as Error).message)
    }
  }

  /** Whether a table that nothing maps is mapped once it is there. */
  get maps(): boolean {
    return this.#options.maps
  }

  /** Looks at databases of which none has a mapped table, where they have changed since the last look. @returns whether one is mapped now. */
  look(files: readonly string[]): boolean {
    // Somebody has said that none of them holds goals.
    if (this.tables.length === 0) return false
    const found = files.flatMap((file) => {
      const isLookedAt = !this.#shown.has(file) && this.#changed(file)
      const proposal = isLookedAt ? this.#proposalFor(file) : undefined
      return proposal && proposal !== 'mapped' ? [{ file, proposal }] : []
    })
    return found.filter(({ file, proposal }) => this.#take(file, proposal)).length > 0
  }

  #changed(file: string): boolean {
    const stamp = [file, `${file}-wal`].map((path) => {
      const { ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {}
      return [ino, size, mtimeMs].join()
    })
    const text = stamp.join(' ')
    if (this.#seen.get(file) === text) return false
    this.#seen.set(file, text)
    return true
  }

  #proposalFor(file: string): Proposal | 'mapped' | undefined {
    if (!existsSync(file)) return undefined
    let sketch: DatabaseSketch
    try {
      sketch = new DatabaseSketch(realPath(file), openByAny())
    } catch {
      // Who follows it says what is wrong with it.
      return undefined
    }
    try {
      if (this.tables.some(({ table }) => tableOf(table, sketch.query))) {
        this.#isDefault = false
        return 'mapped'
      }
      const proposal = proposedMappings(sketch.query)
      // The table with the names of its statuses may be filled yet.
      const isEarly = proposal.mappings.some(({ names }) => names === 0)
      return isEarly || proposal.mappings.length === 0 ? undefined : proposal
    } finally {
      sketch.close()
    }
  }

  #take(file: string, proposal: Proposal): boolean {
    const mappings = proposal.mappings.map(({ mapping }) => mapping)
    if (!this.#options.maps) {
      this.#say(unmappedNote(proposal, file), file)
      return false
    }
    const tables = this.#isDefault ? mappings : [...this.tables, ...mappings]
    const written = writeMapping(this.#to, tables)
    this.#say(unmappedNote(proposal, file, { to: this.#to, ...written }), file)
    if (written.how === 'there') return false
    this.#isDefault = false
    this.tables = tables
    return true
  }

  #say(note: UnmappedNote, file: string): void {
    this.#shown.add(file)
    for (const line of mappingLines([note], `goaltrace watch --map ${shellWord(file)}`))
      this.#options.say(printable(line))
  }
}
