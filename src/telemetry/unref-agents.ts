import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'

/** For the exporters: connections that keep no process alive, because an agent that has finished must end. */
export function unrefAgents(protocol: string): HttpAgent {
  const agent = new (protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 4 })
  const { createConnection, reuseSocket } = agent as HttpAgent
  agent.createConnection = (options, done) => {
    const socket = createConnection.call(agent, options, done)
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
