import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { GoalSummary, GoalsPage, StoredEvent } from '../../backend/api/api.ts'
import { ATTR_AGENT_GOAL_PREVIOUS_ID } from '../../event/semconv.ts'
import { GoalsInState } from './goals-in-state.ts'
import type { RemoteBackend } from './remote-backend.ts'

export interface Shown {
  /** Of GET /api/goals. */
  readonly query: URLSearchParams
  print(goals: readonly GoalSummary[]): string
  /** Whether the first line of it is a heading. */
  readonly headed: boolean
}

/** Milliseconds from one look at the goals to the next. */
const PACE = 250
/** Milliseconds after which the ages on the screen are redrawn. */
const OLD = 1000

/** https://en.wikipedia.org/wiki/ANSI_escape_code#CSI_(Control_Sequence_Introducer)_sequences: another screen, and back. */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'

/** Until Ctrl-C. @returns the exit code. */
export async function watchGoals(backend: RemoteBackend, shown: Shown, screen: boolean): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const news = new News()
  const following = follow(backend, news, stop).catch((error: unknown) => {
    stop.abort()
    throw error
  })
  if (screen) process.stdout.write(ENTER)
  try {
    await (screen ? redraw(backend, shown, news, stop.signal) : append(backend, shown, news, stop.signal))
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    stop.abort()
    if (screen) process.stdout.write(LEAVE)
  }
  await following
  return 0
}

/** What came since the last look. */
class News {
  /** Everything is to be read again: at the start, after a gap, when the stream broke. */
  all = false
  connected = false
  goals = new Map<string, readonly [thread: string, goal: string]>()

  came({ payload: { event_params: of }, attributes }: StoredEvent): void {
    const previous = attributes?.[ATTR_AGENT_GOAL_PREVIOUS_ID]
    // Without attributes, the event does not say which goal it has replaced.
    if (of.event_kind === 'created' && attributes === null) this.all = true
    for (const goal of [of.goal_id, ...(typeof previous === 'string' ? [previous] : [])]) {
      this.goals.set(JSON.stringify([of.thread_id, goal]), [of.thread_id, goal])
    }
  }

  get any(): boolean {
    return this.all || this.goals.size > 0
  }

  take(): { readonly all: boolean; readonly goals: (readonly [string, string])[] } {
    const taken = { all: this.all, goals: [...this.goals.values()] }
    this.all = false
    this.goals = new Map()
    return taken
  }
}

async function follow(backend: RemoteBackend, news: News, stop: AbortController): Promise<void> {
  const broken = () => {
    news.connected = false
  }
  for await (const { event, data } of backend.follow(stop.signal, broken)) {
    news.connected = true
    if (event === 'goal') {
      news.came(JSON.parse(data) as StoredEvent)
    } else news.all = true
  }
}

async function redraw(backend: RemoteBackend, shown: Shown, news: News, stop: AbortSignal): Promise<void> {
  let page: GoalsPage | undefined
  let drawnAt = 0
  const again = () => {
    drawnAt = 0
  }
  process.stdout.on('resize', again)
  while (!stop.aborted) {
    if (news.any) {
      news.take()
      page = (await readOrWait(backend, `/api/goals?${shown.query}`, news)) ?? page
      drawnAt = 0
    }
    if (page && Date.now() - drawnAt > OLD) {
      const heading = `${styleText('bold', 'goals')}  ${page.total}${news.connected ? '' : styleText('yellow', '  the connection is lost, trying again')}`
      const lines = [
        heading,
        '',
        ...(page.goals.length > 0 ? shown.print(page.goals).trimEnd().split('\n') : ['none yet']),
      ]
      const fitting = lines.slice(0, Math.max(1, (process.stdout.rows ?? 24) - 1))
      process.stdout.write(`${HOME}${fitting.map((line) => `${line}${REST_OF_LINE}\n`).join('')}${REST_OF_SCREEN}`)
      drawnAt = Date.now()
    }
    await sleep(PACE, undefined, { signal: stop })
  }
}

/** First all of them, the oldest first, then each again when it changed, also out of the states that were asked for. */
async function append(backend: RemoteBackend, shown: Shown, news: News, stop: AbortSignal): Promise<void> {
  const inState = new GoalsInState(shown.query)
  let begun = false
  while (!stop.aborted) {
    const { all, goals } = news.take()
    const pages = all ? [shown.query, ...inState.left()] : goals.map((key) => inState.changed(key))
    for (const query of pages) {
      const page = await readOrWait(backend, `/api/goals?${query}`, news)
      if (!page || page.goals.length === 0) continue
      const text = shown.print(page.goals.toReversed())
      process.stdout.write(shown.headed && begun ? text.slice(text.indexOf('\n') + 1) : text)
      begun = true
      inState.shown(page.goals)
    }
    await sleep(PACE, undefined, { signal: stop })
  }
}

/** Undefined if the backend does not answer now: when the stream is back, everything is read again. */
async function readOrWait(backend: RemoteBackend, path: string, news: News): Promise<GoalsPage | undefined> {
  try {
    return await backend.read<GoalsPage>(path)
  } catch (error) {
    if (news.connected) throw error
    return undefined
  }
}
