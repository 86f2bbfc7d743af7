import { goalEvents } from '../event/goal-event.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import { ChangeContextWriter } from '../outbox/change-context.ts'
import { RecordedOutbox } from '../outbox/recorded-outbox.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { FileChange } from './file-change.ts'

export interface FileWriterOptions {
  readonly own: Connection
  readonly relay: RelayHandle
  readonly captureContent: boolean
  /** Whose goals a mapping's are. */
  readonly resourceOf: (agent: string | undefined) => ResourceAttributes
}

/** Writes what files tell into the outbox. */
export class FileWriter {
  readonly #options: FileWriterOptions
  readonly #outboxes = new Map<string | undefined, RecordedOutbox>()
  readonly #context = new ChangeContextWriter()

  constructor(options: FileWriterOptions) {
    this.#options = options
    // What an earlier process has left is delivered, be there no change.
    this.#outbox(undefined)
  }

  /** @returns whether the change emits something. */
  write({ agent }: GoalFiles, told: FileChange, source: 'recorded' | 'inferred', defaultMs: number): boolean {
    const { change, turnId, atMs = defaultMs } = told
    if (goalEvents(change).length === 0) return false
    const context = this.#context.write(atMs, 0, JSON.stringify({ turnId, source }))
    this.#outbox(agent).write(change, context, this.#options.captureContent)
    return true
  }

  #outbox(agent: string | undefined): RecordedOutbox {
    const { own, relay, resourceOf } = this.#options
    const outbox = this.#outboxes.get(agent) ?? new RecordedOutbox(own, resourceOf(agent), relay)
    this.#outboxes.set(agent, outbox)
    return outbox
  }
}
