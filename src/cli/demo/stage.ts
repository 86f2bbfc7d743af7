import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type Backend, startBackend } from '../../backend/server.ts'
import { Failure } from '../lib/command.ts'

/** A command's own backend, in a temporary folder, to which everything in this process is sent. */
export interface Stage {
  readonly backend: Backend
  readonly folder: string
  /** For the processes that this one starts, which send to the backend too. */
  readonly env: NodeJS.ProcessEnv
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process. */
  readonly stop: AbortSignal
  close(): Promise<void>
}

/** Milliseconds from a change to its delivery. */
const DELAY = 100

/**
 * Sets this process's environment as well: nothing that is played here may be sent to the receiver of the user's agents, or
 * leave files beside theirs. The folder is removed when the process ends.
 * @param port 0 for a free one.
 */
export async function openStage(port = 0): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const controller = new AbortController()
  const interrupt = () => (controller.signal.aborted ? process.exit(130) : controller.abort())
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const backend = await startBackend({ port, file: join(folder, 'backend.db') }).catch((error) => {
    if (error.syscall !== 'listen') throw error
    throw new Failure(
      `Port ${port} is not available (${error.message}): name another with --port, or none for a free one.`,
    )
  })
  for (const name of Object.keys(process.env)) {
    if (/^(?:GOALTRACE_CONFIG$|OTEL_(?:EXPORTER_|BLRP_|SDK_DISABLED|\w+_EXPORTER$))/.test(name))
      delete process.env[name]
  }
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  process.env.OTEL_BLRP_SCHEDULE_DELAY = String(DELAY)
  return {
    backend,
    folder,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: backend.url },
    stop: controller.signal,
    close: () => backend.close(),
  }
}
