import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { parseJson } from '../../otlp/json.ts'
import { session } from './session.ts'
import { stream } from './stream.ts'

/** An answer that is not the wanted one; `status` 0 where none came. */
export class Trouble extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }

  /** Whether the same may work later, by what the backend says. */
  get passes(): boolean {
    return this.status === 429 || this.status === 503
  }
}

/**
 * Integers beyond 2^53 become bigints, where the browser tells a number's source text; elsewhere they are rounded.
 * @throws {Trouble}
 */
export async function read<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal }).catch((error: Error) => {
    throw signal.aborted ? error : new Trouble(0, 'The backend does not answer.')
  })
  const text = await response.text()
  if (response.status === 401) session.end()
  if (!response.ok) throw new Trouble(response.status, messageOf(text) ?? `The backend answered ${response.status}.`)
  return parseJson(text) as T
}

function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message
  } catch {
    return undefined
  }
}

export interface Reading<T> {
  /** The last that came; of the key before while that of a new one is on its way. */
  readonly data: T | undefined
  readonly trouble: Trouble | undefined
}

interface Interest {
  /** Whether a new event, a StoredEvent's JSON text, may change the answer; without it every one may. */
  readonly concerns?: (event: string) => boolean
  /** Milliseconds between two readings at least. */
  readonly every?: number
  /** Nothing is read; what happened meanwhile is made up for later. */
  readonly paused?: boolean
}

/**
 * An answer of the API, read again when events say that it may be another. What takes long to read is read less often:
 * a page that looks on must not be what keeps the backend busy.
 */
export function useReading<T>(key: string, path: () => string, interest: Interest = {}): Reading<T> {
  const [reading, setReading] = useState<Reading<T>>({ data: undefined, trouble: undefined })
  const latest = useRef({ path, interest })
  latest.current = { path, interest }
  const stale = useRef(true)
  const paused = interest.paused ?? false

  const start = useCallback(() => {
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let readyAt = 0
    const now = async () => {
      stale.current = false
      const startedAt = performance.now()
      readyAt = Number.POSITIVE_INFINITY
      try {
        const data = await read<T>(latest.current.path(), controller.signal)
        setReading({ data, trouble: undefined })
      } catch (error) {
        if (controller.signal.aborted) return
        if (!(error instanceof Trouble)) throw error
        setReading(({ data }) => ({ data, trouble: error }))
        stale.current ||= error.passes
      }
      const took = performance.now() - startedAt
      readyAt = performance.now() + Math.max(latest.current.interest.every ?? 1000, 5 * took)
      if (stale.current) later()
    }
    const later = () => {
      stale.current = true
      if (timer !== undefined || readyAt === Number.POSITIVE_INFINITY) return
      timer = setTimeout(
        () => {
          timer = undefined
          void now()
        },
        Math.max(50, readyAt - performance.now()),
      )
    }
    void now()
    const off = stream.listen((event) => {
      if (event === null || (latest.current.interest.concerns?.(event) ?? true)) later()
    })
    return () => {
      off()
      clearTimeout(timer)
      controller.abort()
      stale.current = true
    }
  }, [key])

  useEffect(() => (paused ? undefined : start()), [start, paused])
  return reading
}
