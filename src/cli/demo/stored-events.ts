import process from 'node:process'
import type { CodexGoalEvent } from '../../codex/codex-goal-event.ts'
import { printableJson } from '../terminal/printable.ts'

/** An event as a backend's GET /api/events returns it. */
export interface StoredEvent {
  readonly uid: string
  /** ISO 8601. */
  readonly occurred_at: string
  readonly payload: CodexGoalEvent
  readonly attributes: Readonly<Record<string, unknown>>
}

/** What a backend has stored, in the order of its arrival, each event once. */
export class StoredEvents {
  readonly #url: string
  #next = '0'

  constructor(url: string) {
    this.#url = url
  }

  /** What has arrived since the last time. */
  async read(): Promise<StoredEvent[]> {
    const all: StoredEvent[] = []
    for (;;) {
      const response = await fetch(`${this.#url}/api/events?limit=1000&after=${this.#next}`)
      const { events, next } = (await response.json()) as { events: StoredEvent[]; next: string }
      if (events.length === 0) return all
      all.push(...events)
      this.#next = next
    }
  }
}

/** How many changes of goals these events are of: one that changes both usage and status has two. */
export function changesOf(events: readonly StoredEvent[]): number {
  return new Set(events.map(({ uid }) => uid.slice(0, -2))).size
}

/** Its own line on stdout. */
export function printPayload({ payload }: StoredEvent): void {
  process.stdout.write(`${printableJson(JSON.stringify(payload))}\n`)
}
