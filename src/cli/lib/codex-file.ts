import { reason } from '../../base/diagnose.ts'
import type { Relay } from '../../delivery/relay.ts'
import { RecordedOutbox } from '../../outbox/recorded-outbox.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Providers } from '../../telemetry/providers.ts'
import { environmentAttributes, resourceAttributes } from '../../telemetry/resource.ts'
import { TurnSpans } from '../../telemetry/turn-spans.ts'
import type { ClientNotes } from '../../watch/codex/client-notes.ts'
import { CodexGoals } from '../../watch/codex/codex-goals.ts'
import type { Rollouts } from '../../watch/codex/rollouts.ts'
import { endedTurn } from '../../watch/codex/turns-of-goals.ts'
import { WatchedFile, type WatchSettings } from './watched-file.ts'

export interface CodexSettings extends Omit<WatchSettings, 'sinkOf'> {
  readonly rollouts: Rollouts
  readonly clientNotes: ClientNotes
  readonly providers: () => Promise<Providers>
}

/** Milliseconds between two looks at rollouts that a change waits for, and at those of turns that are not over. */
const WAITING_MS = 50
const RUNNING_MS = 500
const AGENT = 'codex'

/** One of Codex's databases that `goaltrace codex watch` follows, and the rollouts that say whose its changes are. */
export class CodexFile {
  readonly watched: WatchedFile
  readonly #goals: CodexGoals
  readonly #spans = new TurnSpans()
  readonly #settings: CodexSettings
  #timer: NodeJS.Timeout | undefined
  #isWaiting = false
  #fault = ''

  /**
   * @param isNew Whether the file was made since the watching began.
   * @throws {Failure} as WatchedFile does.
   */
  constructor(file: string, settings: CodexSettings, isNew: boolean) {
    this.#settings = settings
    let goals: CodexGoals | undefined
    this.watched = new WatchedFile(file, {
      ...settings,
      sinkOf: (own, relay) => {
        goals = this.#goalsIn(own, relay, isNew)
        return goals
      },
      found: (file, change) => {
        settings.found(file, change)
        this.#look(WAITING_MS)
      },
    })
    if (goals === undefined) throw new Error('a watched file asks for its sink')
    this.#goals = goals
  }

  get relay(): Relay {
    return this.watched.relay
  }

  start(): void {
    this.watched.start()
    this.#look(0)
  }

  /** Takes and reports what has happened up to now, and ends. */
  stop(): void {
    this.watched.stop()
    clearTimeout(this.#timer)
    this.#report(true)
  }

  /** @param delay In milliseconds. */
  #look(delay: number): void {
    if (this.#isWaiting) return
    this.#isWaiting = delay <= WAITING_MS
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#isWaiting = false
      const waiting = this.#report(false)
      if (waiting > 0) this.#look(WAITING_MS)
      else if (this.#goals.turns.size > 0) this.#look(RUNNING_MS)
    }, delay)
  }

  /** @returns how many changes wait on. */
  #report(last: boolean): number {
    try {
      const waiting = this.#goals.report(performance.now(), last)
      this.#recordTurns()
      this.#fault = ''
      return waiting
    } catch (error) {
      const fault = reason(error)
      if (fault !== this.#fault) this.#settings.say(`what was read of Codex is kept, and reported later: ${fault}`)
      this.#fault = fault
      return 1
    }
  }

  #recordTurns(): void {
    const ended = this.#goals.turns.ended(Date.now())
    if (ended.length === 0) return
    void this.#settings.providers().then(
      (providers) => {
        for (const turn of ended) {
          const source = providers.spans(resourceOf(turn.version))
          if (source) this.#spans.record(source, endedTurn(turn, AGENT))
          this.#goals.turns.drop(turn)
        }
        providers.exportSpans()
      },
      // The relay has the same receivers, and says what is wrong with them.
      () => {},
    )
  }

  #goalsIn(own: Connection, relay: RelayHandle, isNew: boolean): CodexGoals {
    const outboxes = new Map<string | undefined, RecordedOutbox>()
    return new CodexGoals({
      own,
      rollouts: this.#settings.rollouts,
      clientNotes: this.#settings.clientNotes,
      outboxOf: (version) => {
        const outbox = outboxes.get(version) ?? new RecordedOutbox(own, resourceOf(version), relay)
        outboxes.set(version, outbox)
        return outbox
      },
      spans: this.#spans,
      captureObjective: this.#settings.captureObjective,
      isNew,
    })
  }
}

function resourceOf(version = 'unknown') {
  const name = environmentAttributes(process.env)['service.name'] ?? AGENT
  return resourceAttributes({ 'service.name': name, 'service.version': version })
}
