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
  /** By the agent that a mapping names. */
  readonly resourceOf: (agent: string | undefined) => ResourceAttributes
}

/** Writes the changes that were found in files to the outbox, one for each agent. */
export class FileWriter {
  readonly #options: FileWriterOptions
  readonly #outboxes = new Map<string | undefined, RecordedOutbox>()
  readonly #context = new ChangeContextWriter()

  constructor(options: FileWriterOptions) {
    this.#options = options
    // So that what an earlier process has left is delivered even if no change comes.
    this.#outbox(undefined)
  }

  /** @returns whether the change emits any event. */
  write({ agent }: GoalFiles, found: FileChange, source: 'recorded' | 'inferred', defaultMs: number): boolean {
    const { change, turnId, atMs = defaultMs } = found
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
