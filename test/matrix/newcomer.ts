import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Cell } from './cells.ts'
import type { Installed } from './install.ts'

/** The agents that a new user may have, as files in the installed folder. */
export function newcomersTo({ sqlite, yarn }: Cell): readonly string[] {
  if (yarn) return []
  return sqlite === 13 ? ['newcomer.mjs', 'newcomer-drizzle.mjs'] : ['newcomer.mjs']
}

/**
 * The README's steps after the installation, in a folder with nothing but the agent: the backend, the agent under `goaltrace run`, and the page, which is
 * to show the goal by its objective. @returns what is wrong, or nothing.
 */
export async function tryNewcomer(agent: string, { folder, node }: Installed): Promise<string[]> {
  // Inside of the installed one, from which Node resolves packages.
  const bare = mkdtempSync(join(folder, 'bare-'))
  copyFileSync(join(folder, agent), join(bare, 'agent.mjs'))
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, GOALTRACE_STATE_DIR: bare }
  const goaltrace = join(folder, 'node_modules', 'goaltrace', 'bin', 'goaltrace.cjs')
  const backend = spawn(node, [goaltrace, 'backend', '--port', '0', '--db', 'backend.db'], { cwd: bare, env })
  try {
    const url = await addressOf(backend.stdout)
    const run = spawn(node, [goaltrace, 'run', '--map', '--objectives', '--', 'node', 'agent.mjs'], {
      cwd: bare,
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: url },
    })
    const [said, [code]] = await Promise.all([text(run.stderr), once(run, 'exit')])
    const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
    return [
      ...(code === 0 ? [] : [`run ended with ${code}: ${said}`]),
      ...(existsSync(join(bare, 'goaltrace.config.json')) ? [] : [`nothing was mapped: ${said}`]),
      ...(said.includes('nothing is pending, all events sent to') ? [] : [`run says: ${said}`]),
      ...(/"status":"complete".*"objective":"Sort the attic"/.test(page)
        ? []
        : ['the page does not show the goal by its objective']),
    ]
  } finally {
    backend.kill()
    rmSync(bare, { recursive: true, force: true })
  }
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  let said = ''
  for await (const chunk of stdout) {
    said += chunk
    const [url] = /http:\/\/[\d.:]+/.exec(said) ?? []
    if (url) return url
  }
  throw new Error(`The backend did not start: ${said}`)
}
