import type { IncomingMessage } from 'node:http'
import { isObject } from '../../otlp/json.ts'
import { HttpError } from './http-error.ts'
import type { HttpResponse } from './http-response.ts'
import { readJson } from './request-body.ts'
import type { SignIn } from './sign-in.ts'

/** Bytes: the sender of a sign-in is not known yet, so its body is kept small. */
const LARGEST = 4096

interface SessionRequest {
  readonly request: IncomingMessage
  readonly signIn: SignIn | undefined
}

/** POST /api/session: a page sends the token, and gets the cookie that its requests carry from then on. */
export async function session({ request, signIn }: SessionRequest): Promise<HttpResponse> {
  if (!(Number(request.headers['content-length']) <= LARGEST)) {
    throw new HttpError(413, `The body has no Content-Length, or one above ${LARGEST}: send {"token":"…"}.`)
  }
  const body = await readJson(request)
  const token = isObject(body) ? body.token : undefined
  if (typeof token !== 'string') throw new HttpError(400, 'The body has no token: send {"token":"…"}.')
  const headers = signIn ? { 'set-cookie': signIn.session(token, request) } : {}
  return { status: 204, type: 'application/json', body: '', headers }
}
