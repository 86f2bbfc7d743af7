import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { CodexGoalEvent } from '../../../src/codex/codex-goal-event.ts'

/** What the model does next: says something, calls a tool, or nothing, forever. */
export type ModelStep = { readonly text: string } | { readonly tool: string; readonly args: object } | 'hang'

/** The model's API, and the address to which Codex posts its analytics. */
export class MockOpenAi {
  readonly posted: CodexGoalEvent['event_params'][] = []
  url = ''
  readonly #script: ModelStep[] = []
  #responses = 0

  static async start(): Promise<MockOpenAi> {
    const mock = new MockOpenAi()
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      mock.#answer(request.url ?? '', body, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    mock.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return mock
  }

  /** What the model does in its next requests; then it hangs. */
  does(...steps: ModelStep[]): void {
    this.#script.push(...steps)
  }

  #answer(path: string, body: string, response: ServerResponse): void {
    if (path.includes('/responses')) {
      this.#respond(response)
      return
    }
    if (path.includes('analytics-events')) {
      const { events } = JSON.parse(body) as { events: CodexGoalEvent[] }
      for (const { event_type, event_params } of events) {
        if (event_type === 'codex_goal_event') this.posted.push(event_params)
      }
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(path.includes('/models') ? '{"models":[]}' : '{}')
  }

  #respond(response: ServerResponse): void {
    const step = this.#script.shift() ?? 'hang'
    if (step === 'hang') return
    const id = `resp_${this.#responses++}`
    const item =
      'text' in step
        ? { type: 'message', role: 'assistant', id: `msg_${id}`, content: [{ type: 'output_text', text: step.text }] }
        : { type: 'function_call', call_id: `call_${id}`, name: step.tool, arguments: JSON.stringify(step.args) }
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 20 },
      output_tokens: 30,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 130,
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of [
      { type: 'response.created', response: { id } },
      { type: 'response.output_item.done', item },
      { type: 'response.completed', response: { id, usage } },
    ]) {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    }
    response.end()
  }
}
