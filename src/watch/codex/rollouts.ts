import { join } from 'node:path'
import type { CodexPlaces } from '../../codex/codex-places.ts'
import { isRolloutOf, rolloutFolders } from '../../codex/codex-places.ts'
import type { CodexThread } from '../../codex/codex-thread.ts'
import { namesIn } from './names-in.ts'
import { RolloutFile } from './rollout-file.ts'

/** The rollouts of the threads that have a goal: no other one is opened. */
export class Rollouts {
  readonly #places: CodexPlaces
  readonly #files = new Map<string, RolloutFile>()

  constructor(places: CodexPlaces) {
    this.#places = places
  }

  /** What its rollout says up to now; of one that is deleted meanwhile, what it said. */
  of(threadId: string): CodexThread | undefined {
    const known = this.#files.get(threadId)
    if (known && isRead(known)) return known.thread
    // Not met yet, or archived, which moves it.
    const found = this.#find(threadId)
    if (found === undefined || !isRead(found)) return known?.thread
    this.#files.set(threadId, found)
    return found.thread
  }

  #find(threadId: string): RolloutFile | undefined {
    const { sessions, archivedSessions } = this.#places
    const folders = [...rolloutFolders(threadId).map((folder) => join(sessions, folder)), archivedSessions]
    for (const folder of folders) {
      const name = namesIn(folder).find((name) => isRolloutOf(threadId, name))
      if (name !== undefined) return new RolloutFile(join(folder, name))
    }
    return undefined
  }
}

function isRead(file: RolloutFile): boolean {
  try {
    file.read()
    return true
  } catch {
    return false
  }
}
