import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { parseJson } from '../../otlp/json.ts'
import { session } from './session.ts'
import { stream } from './stream.ts'

/** A response that is not the wanted one; `status` is 0 where there was none. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }

  /** Whether the backend says that the same may work later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status === 503
  }
}

/**
 * Integers beyond 2^53 become bigints, where the browser gives revivers a number's source text; elsewhere they are rounded.
 * @throws {ApiError}
 */
export async function read<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal }).catch((error: Error) => {
    throw signal.aborted ? error : new ApiError(0, 'The backend does not answer.')
  })
  const text = await response.text()
  if (response.status === 401) session.end()
  if (!response.ok) throw new ApiError(response.status, messageOf(text) ?? `The backend answered ${response.status}.`)
  return parseJson(text) as T
}

function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message
  } catch {
    return undefined
  }
}

export interface Query<T> {
  /** The last answer; the previous key's until that of a new one is there. */
  readonly data: T | undefined
  readonly error: ApiError | undefined
}

interface QueryOptions {
  /** Whether a new event, a StoredEvent's JSON text, may change the answer; without it every event may. */
  readonly concerns?: (event: string) => boolean
  /** Milliseconds between two requests at least. */
  readonly every?: number
  /** Nothing is read; it is read again afterwards if something happened meanwhile. */
  readonly paused?: boolean
}

/**
 * An answer of the API, read again when events may have changed it. An answer that takes long is read less often: a page
 * that is merely open must not keep the backend busy.
 */
export function useQuery<T>(key: string, path: () => string, options: QueryOptions = {}): Query<T> {
  const [{ data, error }, setQuery] = useState<Query<T> & { of: string }>({
    data: undefined,
    error: undefined,
    of: key,
  })
  const latest = useRef({ path, options })
  latest.current = { path, options }
  const stale = useRef(true)
  const paused = options.paused ?? false

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
        setQuery({ data, error: undefined, of: key })
      } catch (error) {
        if (controller.signal.aborted) return
        if (!(error instanceof ApiError)) throw error
        // What was asked before is no answer to this: without one it shows nothing.
        setQuery(({ data, of }) => ({ data: of === key ? data : undefined, error, of: key }))
        stale.current ||= error.isTemporary
      }
      const took = performance.now() - startedAt
      readyAt = performance.now() + Math.max(latest.current.options.every ?? 1000, 5 * took)
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
      if (event === null || (latest.current.options.concerns?.(event) ?? true)) later()
    })
    return () => {
      off()
      clearTimeout(timer)
      controller.abort()
      stale.current = true
    }
  }, [key])

  useEffect(() => (paused ? undefined : start()), [start, paused])
  return { data, error }
}
