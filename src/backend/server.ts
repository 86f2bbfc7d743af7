import type { Prices } from '../goal/prices.ts'
import { costSql } from './api/costs.ts'
import { EventStreams } from './api/event-streams.ts'
import { Metrics } from './api/metrics.ts'
import { STALE_AFTER } from './api/stale-goals.ts'
import { gate, isLoopback } from './http/access.ts'
import { Listener } from './http/listener.ts'
import { SignIn } from './http/sign-in.ts'
import { requestHandler } from './request-handler.ts'
import { EventStore } from './store/event-store.ts'
import { indexCosts } from './store/goal-orders.ts'
import type { StoredCounts } from './store/received-records.ts'
import { removedText } from './store/removed-rows.ts'
import { Retention } from './store/retention.ts'
import type { Limits } from './store/retention-limits.ts'

export interface BackendOptions {
  /** 0 for a free one. */
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined
  /** The SQLite file; created if it does not exist. */
  readonly file: string
  /** Required for all but /healthz and the page's files where it is given; must be given where the host is not loopback. */
  readonly token?: string | undefined
  /** Where Jaeger's page is, an http or https URL: the page links traces to it. */
  readonly jaeger?: string | undefined
  /** Milliseconds without an event after which an active goal is stale. Default: 20 minutes. */
  readonly staleAfter?: number | undefined
  /** What tokens cost, by model. Default: no costs are shown. */
  readonly prices?: Prices | undefined
  /** Default: everything is kept. What is removed is reported. */
  readonly limits?: Limits | undefined
  /** Called with what went wrong on this side: a full disk, a locked file. The sender gets it too, and keeps its copy. */
  readonly report?: ((problem: string) => void) | undefined
}

export interface Backend {
  readonly url: string
  readonly file: string
  /** Since the start. */
  readonly counts: StoredCounts
  /** Answers the requests that it has accepted, refuses others, closes the file. */
  close(): Promise<void>
}

/** Milliseconds between two reports of failures. */
const REPORT_PACE = 60_000

/**
 * The embedded analytics backend.
 * @throws {TypeError} for an address other than loopback without a token.
 * @throws {Error} if the port is taken or the file cannot be opened.
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const {
    port,
    host = '127.0.0.1',
    file,
    token,
    jaeger,
    staleAfter = STALE_AFTER.afterMs,
    prices,
    limits = {},
    report,
  } = options
  if (!isLoopback(host) && !token) {
    throw new TypeError(`To listen on ${host} the backend needs a token: set GOALTRACE_TOKEN, or listen on 127.0.0.1`)
  }
  const store = new EventStore(file)
  const { database } = store
  indexCosts(database, costSql(prices))
  const streams = new EventStreams(database)
  const metrics = new Metrics()
  const retention = new Retention(
    database,
    limits,
    (removed) => report?.(removedText(removed, limits)),
    (error) =>
      report?.(`This backend cannot remove old records: ${(error as Error).message}. It tries again every second.`),
  )
  const handler = requestHandler(
    {
      store,
      database,
      streams,
      metrics,
      signIn: token ? new SignIn(token) : undefined,
      jaeger,
      staleness: { afterMs: staleAfter },
      prices,
      stored: (counts) => {
        metrics.recordsStored(counts)
        if (counts.stored > 0) streams.wake()
      },
    },
    { pass: gate(host), closing: () => listener.closing, report: rarely(report) },
  )
  const listener = new Listener(handler)
  const closeFile = () => {
    retention.close()
    store.close()
  }
  try {
    await listener.listen(port, host)
  } catch (error) {
    streams.close()
    closeFile()
    throw error
  }

  const close = async () => {
    streams.close()
    await listener.close()
    closeFile()
  }
  let closed: Promise<void> | undefined
  return {
    url: listener.url,
    file,
    counts: metrics.counts,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** A full disk is the same problem for each of a thousand requests. */
function rarely(report: ((problem: string) => void) | undefined): (problem: string) => void {
  let reportedAt = Number.NEGATIVE_INFINITY
  return (problem) => {
    if (performance.now() - reportedAt < REPORT_PACE) return
    reportedAt = performance.now()
    report?.(problem)
  }
}
