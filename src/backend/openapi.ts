import { VERSION } from '../base/version.ts'
import { type HttpResponse, json } from './http/http-response.ts'
import description from './openapi.json' with { type: 'json' }

const BODY = JSON.stringify({ ...description, info: { ...description.info, version: VERSION } })

/** GET /openapi.json */
export function openApi(): HttpResponse {
  return json(BODY)
}
