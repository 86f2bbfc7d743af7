import { VERSION } from '../base/version.ts'
import { type Answer, json } from './http/route.ts'
import description from './openapi.json' with { type: 'json' }

const BODY = JSON.stringify({ ...description, info: { ...description.info, version: VERSION } })

/** GET /openapi.json */
export function openApi(): Answer {
  return json(BODY)
}
