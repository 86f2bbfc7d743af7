import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { MockOpenAi } from './mock-openai.ts'

/** A home in which Codex talks to the mock alone, signed in with an account that there is not. */
export function codexHome(folder: string, mock: MockOpenAi): string {
  const home = join(folder, 'codex')
  mkdirSync(home)
  const account = { chatgpt_plan_type: 'pro', chatgpt_user_id: 'user', chatgpt_account_id: 'account' }
  const exp = Math.floor(Date.now() / 1000) + 86_400
  const token = jwt({ exp, email: 'nobody@example.invalid', 'https://api.openai.com/auth': account })
  const tokens = { id_token: token, access_token: token, refresh_token: 'none', account_id: 'account' }
  const auth = { auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens, last_refresh: new Date().toISOString() }
  writeFileSync(join(home, 'auth.json'), JSON.stringify(auth))
  writeFileSync(
    join(home, 'config.toml'),
    `model = "mock-model"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
chatgpt_base_url = "${mock.url}/backend-api"
check_for_update_on_startup = false
[analytics]
enabled = true
[model_providers.mock]
name = "mock"
base_url = "${mock.url}/v1"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
supports_websockets = false
[projects."${home}"]
trust_level = "trusted"
`,
  )
  return home
}

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.${Buffer.from('signature').toString('base64url')}`
}

/** @param tap What runs it in its place, given its command, and what that needs. */
export function startCodex(binary: string, home: string, args: readonly string[], tap?: Tap): ChildProcess {
  const [command = binary, ...rest] = [...(tap?.command ?? []), binary, ...args]
  const env = {
    ...tap?.env,
    PATH: process.env.PATH,
    HOME: home,
    CODEX_HOME: home,
    TERM: 'xterm',
    NO_PROXY: '127.0.0.1',
  }
  const child = spawn(command, rest, { cwd: home, env, stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

export interface Tap {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

type Message = {
  readonly id?: number
  readonly method?: string
  readonly params?: never
  readonly result?: Record<string, object>
}

/** A client of `codex app-server`. */
export class AppServer {
  readonly child: ChildProcess
  readonly #messages: Message[] = []
  #waiting: (() => void)[] = []
  #id = 0

  private constructor(child: ChildProcess) {
    this.child = child
    let text = ''
    child.stdout?.on('data', (chunk) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop() ?? ''
      this.#messages.push(...lines.filter((line) => line !== '').map((line) => JSON.parse(line)))
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  static async start(binary: string, home: string, tap?: Tap): Promise<AppServer> {
    const server = new AppServer(startCodex(binary, home, ['app-server'], tap))
    const clientInfo = { name: 'goaltrace-test', title: 'Test', version: '1.2.3' }
    await server.ask('initialize', { clientInfo, capabilities: { experimentalApi: true } })
    server.#send({ method: 'initialized' })
    return server
  }

  async ask(method: string, params: object): Promise<Record<string, object>> {
    const id = ++this.#id
    this.#send({ id, method, params })
    const answer = await this.#find((message) => message.id === id && message.method === undefined)
    if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer)}`)
    return answer.result
  }

  /** Resolves when Codex has said that, before now or after. */
  async says(method: string, isMeant: (params: never) => boolean = () => true): Promise<void> {
    await this.#find((message) => message.method === method && isMeant(message.params as never))
  }

  async end(signal?: NodeJS.Signals): Promise<void> {
    const closed = once(this.child, 'close')
    if (signal) this.child.kill(signal)
    else this.child.stdin?.end()
    await closed
  }

  #send(message: object): void {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  async #find(isMeant: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.#messages.find(isMeant)
      if (found) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}
