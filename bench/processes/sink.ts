import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/**
 * An OTLP/HTTP receiver: node sink.ts answers|hangs. It prints its port, accepts everything and counts log records,
 * payloads and spans without parsing them, by a text that each has once, in JSON as in protobuf; a GET returns the counts.
 */
const hangs = process.argv[2] === 'hangs'
const received = { logs: 0, spans: 0 }

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end(JSON.stringify(received))
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    if (hangs) return
    const sent = Buffer.concat(chunks)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    if (request.url === '/v1/logs') received.logs += occurrences(body, 'log.record.uid')
    if (request.url?.endsWith('/events')) received.logs += occurrences(body, '"event_type":')
    if (request.url === '/v1/traces') received.spans += occurrences(body, 'gen_ai.conversation.id')
    const isProtobuf = request.headers['content-type'] === 'application/x-protobuf'
    if (isProtobuf) response.setHeader('content-type', 'application/x-protobuf').end()
    else response.setHeader('content-type', 'application/json').end('{}')
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

function occurrences(body: Buffer, text: string): number {
  let count = 0
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) count++
  return count
}
