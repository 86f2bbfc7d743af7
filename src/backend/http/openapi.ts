import { VERSION } from '../../base/version.ts'
import description from './openapi.json' with { type: 'json' }
import { type Answer, json } from './route.ts'

const BODY = JSON.stringify({ ...description, info: { ...description.info, version: VERSION } })

/** GET /openapi.json */
export function openApi(): Answer {
  return json(BODY)
}
