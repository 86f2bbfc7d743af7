export interface Message {
  readonly event: string
  readonly id: string | undefined
  readonly data: string
}

/**
 * The messages of a stream of server-sent events, as far as this backend writes them: one `data` line each
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
 */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let fields = new Map<string, string>()
  for await (const line of lines(body)) {
    if (line === '') {
      const data = fields.get('data')
      if (data !== undefined) yield { event: fields.get('event') ?? 'message', id: fields.get('id'), data }
      fields = new Map()
      continue
    }
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  // Pieces of a long line are joined once, when its end is there.
  let pieces: string[] = []
  for await (const chunk of body) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n')
    pieces.push(first)
    for (const next of rest) {
      yield pieces.join('')
      pieces = [next]
    }
  }
}
