import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** Answers each request in turn by a text; 'cut' resets the connection, 'hang' answers nothing, and what ends with 'END' closes it.
 * 'endless' answers chunks faster than they are read. */
const SCRIPT = `
const { workerData: { answers, host }, parentPort } = require('node:worker_threads')
let connections = 0
const heard = []
parentPort.on('message', () => parentPort.postMessage({ connections, heard }))
require('node:net').createServer((socket) => {
  connections++
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (data) => {
    text += data.toString('latin1')
    const head = text.indexOf('\\r\\n\\r\\n')
    if (head < 0 || text.length < head + 4 + Number(/content-length: (\\d+)/i.exec(text)[1])) return
    heard.push(text)
    text = ''
    const answer = answers[Math.min(heard.length, answers.length) - 1]
    if (answer === 'endless') {
      socket.write('HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n')
      setInterval(() => socket.write('1\\r\\na\\r\\n'.repeat(1000)), 1)
    } else if (answer === 'cut') socket.resetAndDestroy()
    else if (answer.endsWith('END')) socket.end(answer.slice(0, -3))
    else if (answer !== 'hang') for (const part of answer.split('|')) setTimeout(() => socket.write(part), 5)
  })
}).listen(0, host, function () { parentPort.postMessage({ port: this.address().port }) })`

export interface Heard {
  readonly connections: number
  readonly heard: readonly string[]
}

/** In a thread of its own, as the requests block this one. */
export async function rawReceiver(answers: readonly string[], host = '127.0.0.1') {
  const worker = new Worker(SCRIPT, { eval: true, workerData: { answers, host } })
  onTestFinished(() => void worker.terminate())
  const [{ port }] = (await once(worker, 'message')) as [{ port: number }]
  const heard = async () => {
    worker.postMessage('what was heard?')
    const [answer] = await once(worker, 'message')
    return answer as Heard
  }
  return { port, heard }
}
