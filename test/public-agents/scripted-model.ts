import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What the model does: says something, or calls a tool. */
export type ModelStep = { readonly text: string } | { readonly tool: string; readonly args: object }

interface ChatRequest {
  readonly stream?: boolean
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
}

/** A model behind OpenAI's chat completions, which uses 100 tokens for what it is told and 30 for what it says. */
export class ScriptedModel {
  url = ''
  requests = 0
  readonly #next: (request: ChatRequest, text: string) => ModelStep

  static async start(next: (request: ChatRequest, text: string) => ModelStep): Promise<ScriptedModel> {
    const model = new ScriptedModel(next)
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.url?.endsWith('/chat/completions')) model.#answer(JSON.parse(body), body, response)
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    return model
  }

  private constructor(next: (request: ChatRequest, text: string) => ModelStep) {
    this.#next = next
  }

  #answer(request: ChatRequest, body: string, response: ServerResponse): void {
    const step = this.#next(request, body)
    const id = `answer-${++this.requests}`
    const isTool = 'tool' in step
    const call = isTool && { index: 0, id: `call-${id}`, type: 'function', function: functionOf(step) }
    const message = { role: 'assistant', content: isTool ? null : step.text, ...(call ? { tool_calls: [call] } : {}) }
    const base = { id, created: 1, model: request.model }
    const usage = { prompt_tokens: 100, completion_tokens: 30, total_tokens: 130 }
    const finish = { index: 0, finish_reason: isTool ? 'tool_calls' : 'stop' }
    if (!request.stream) {
      const whole = { ...base, object: 'chat.completion', choices: [{ ...finish, message }], usage }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
      return
    }
    const chunk = { ...base, object: 'chat.completion.chunk' }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const part of [
      { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] },
      { ...chunk, choices: [{ ...finish, delta: {} }] },
      { ...chunk, choices: [], usage },
    ]) {
      response.write(`data: ${JSON.stringify(part)}\n\n`)
    }
    response.end('data: [DONE]\n\n')
  }
}

function functionOf(step: { readonly tool: string; readonly args: object }) {
  return { name: step.tool, arguments: JSON.stringify(step.args) }
}
