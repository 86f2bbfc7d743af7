import type { AgentOptions, Agent as HttpAgent } from 'node:http'
import type { AgentOptions as TlsOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ProxyEnv } from './env-proxy.ts'
import { lookup } from './name-lookup.ts'

export interface UnrefAgentOptions extends Pick<TlsOptions, 'ca' | 'cert' | 'key'> {
  /** Milliseconds for a proxy to make a way to the receiver: a request's own limit begins only then. */
  readonly timeout: number
  /** Asked when the first request is made. */
  readonly proxies: () => ProxyEnv | undefined
}

/** The exporters' connections, which keep no process alive: an agent that has finished must end. */
export function unrefAgents({ timeout, proxies, ...tls }: UnrefAgentOptions): (protocol: string) => HttpAgent {
  return (protocol) => {
    const proxyEnv = proxies()
    const proxied = proxyEnv && { proxyEnv, timeout }
    const options = { keepAlive: true, maxSockets: 4, lookup, ...proxied } as AgentOptions
    // An ES module's import of it would load undici as well, for a getter that http has: ten times as long.
    const { Agent: HttpAgent } = process.getBuiltinModule('node:http')
    if (protocol !== 'https:') return unrefAgent(new HttpAgent(options))
    // TLS is loaded where it is wanted: it takes longer than all else of an exit.
    const { Agent: HttpsAgent } = process.getBuiltinModule('node:https')
    return unrefAgent(new HttpsAgent({ ...options, ...tls }))
  }
}

function unrefAgent(agent: HttpAgent): HttpAgent {
  lookUpProxy(agent)
  const { createConnection, reuseSocket } = agent
  agent.createConnection = (options, done) => {
    const socket = createConnection.call(agent, options, (error, tunnelled) => {
      unref(tunnelled)
      done?.(error, tunnelled)
    })
    unref(socket)
    return socket
  }
  // A kept socket is taken into use with ref().
  agent.reuseSocket = (socket: Duplex, request) => {
    reuseSocket.call(agent, socket, request)
    unref(socket)
  }
  return agent
}

function unref(socket: Duplex | null | undefined): void {
  ;(socket as { unref?(): void } | null | undefined)?.unref?.()
}

/** Node looks a proxy's name up in its own way, which keeps a process from ending, and has no option for it. */
function lookUpProxy(agent: HttpAgent): void {
  for (const key of Object.getOwnPropertySymbols(agent)) {
    const kept = (agent as unknown as Record<symbol, { proxyConnectionOptions?: object } | undefined>)[key]
    if (kept?.proxyConnectionOptions) Object.assign(kept.proxyConnectionOptions, { lookup })
  }
}
