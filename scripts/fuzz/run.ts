import { Agent, request } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startBackend } from '../../src/backend/server.ts'
import { Random } from './random.ts'
import { type FuzzedRequest, fuzzedRequest } from './requests.ts'

export interface FuzzReport {
  readonly inputs: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Requests that were answered 5xx or not at all, abbreviated. */
  readonly failures: readonly string[]
  /** What this process reported as its own errors. */
  readonly troubles: readonly string[]
  /** Bytes of the heap after a third of the inputs, and after all. */
  readonly heap: readonly [number, number]
  readonly stored: number
}

const CONNECTIONS = 8

/** Runs a backend in this process with inputs generated from a seed. */
export async function fuzz(file: string, inputs: number, seed: number): Promise<FuzzReport> {
  const troubles: string[] = []
  const limits = { size: 64e6 }
  const report = (line: string) => void (line.startsWith('Removed') || troubles.push(line))
  const backend = await startBackend({ port: 0, file, limits, report })
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const random = new Random(seed)
  const statuses: Record<string, number> = {}
  const failures: string[] = []
  const heap: [number, number] = [0, 0]
  for (let done = 0; done < inputs; done += CONNECTIONS) {
    if (heap[0] === 0 && done >= inputs / 3) heap[0] = heapUsed()
    const requests = Array.from({ length: CONNECTIONS }, () => fuzzedRequest(random))
    const answers = await Promise.all(requests.map((one) => statusOf(backend.url, one, agent)))
    for (const [at, status] of answers.entries()) {
      statuses[status] = (statuses[status] ?? 0) + 1
      if (!(Number(status) < 500)) failures.push(`${status}: ${inShort(requests[at] as FuzzedRequest)}`)
    }
  }
  heap[1] = heapUsed()
  agent.destroy()
  await backend.close()
  return { inputs, statuses, failures, troubles, heap, stored: backend.counts.stored }
}

function statusOf(url: string, { method, path, headers, body }: FuzzedRequest, agent: Agent): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    request({ hostname, port, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, agent })
      .on('response', (answer) => {
        answer.resume().on('end', () => resolve(String(answer.statusCode)))
      })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end(body)
  })
}

/** After a garbage collection, so that only what is retained counts. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

function inShort({ method, path, headers, body }: FuzzedRequest): string {
  return `${method} ${path} ${JSON.stringify(headers)} ${body.toString('base64').slice(0, 2000)}`
}
