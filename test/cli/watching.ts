import { join } from 'node:path'
import type { Receiver } from '../receiver.ts'
import { type Ended, goaltrace, type Running } from './goaltrace.ts'

export interface Watching extends Running {
  /** As Ctrl-C does. */
  end(): Promise<Ended>
}

/**
 * `goaltrace watch`, once it follows what it was given. The folder is the home folder and has the state directory.
 * @param cwd Where it is started. Default: the folder.
 */
export async function watching(
  args: readonly string[],
  folder: string,
  receiver: Receiver,
  env: NodeJS.ProcessEnv = {},
  cwd = folder,
): Promise<Watching> {
  const own = {
    ...{ HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state') },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BLRP_SCHEDULE_DELAY: '20' },
  }
  const running = goaltrace(['watch', ...args], { ...own, ...env }, cwd)
  await running.prints('Ctrl-C')
  const end = () => {
    running.child.kill('SIGINT')
    return running.ended
  }
  return { ...running, end }
}
