import { connect, type Socket } from 'node:net'
import { BODIES, type Bodies, type BodyName } from './bodies.ts'

/**
 * Posts bodies to a backend as fast as it answers: node post.ts URL BODY EVENTS CONNECTIONS GROUP BEGIN
 * STEP; the last three are explained in bodies.ts. Raw sockets, so that the
 * sender is never the bottleneck. Prints how long it took, in milliseconds; a rejected body ends it.
 */
const [url = '', name = 'events', events = '0', connections = '1'] = process.argv.slice(2)
const { hostname, port } = new URL(url)
let left = Number(events)
const senders = Array.from({ length: Number(connections) }, () => ({
  socket: connect(Number(port), hostname).setNoDelay(),
  bodies: BODIES[name as BodyName](),
}))

const startedAt = performance.now()
await Promise.all(senders.map(({ socket, bodies }) => post(socket, bodies)))
console.log(performance.now() - startedAt)

async function post(socket: Socket, bodies: Bodies): Promise<void> {
  while (left > 0) {
    left -= bodies.events
    const body = bodies.next()
    const head = `POST ${bodies.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${bodies.type}\r\ncontent-length: ${body.length}\r\n\r\n`
    socket.cork()
    socket.write(head)
    socket.write(body)
    socket.uncork()
    const answer = await new Promise<string>((resolve, reject) => {
      const failed = () => reject(new Error('The backend closed a connection'))
      socket.once('close', failed).once('data', (chunk) => {
        socket.off('close', failed)
        resolve(chunk.toString('latin1'))
      })
    })
    if (!answer.startsWith('HTTP/1.1 200') || /rejected(?!":0)/i.test(answer)) {
      throw new Error(`The backend answered ${answer}`)
    }
  }
  socket.destroy()
}
