import { environmentAttributes } from '../../telemetry/resource.ts'
import { ownServiceName } from '../../telemetry/service-name.ts'
import type { Check } from './check.ts'

const OBJECTIVES = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'

/** What the agent is called, and whether its objectives are recorded. @param script The agent's file, where the command names one. */
export function serviceChecks(script: string | undefined): Check[] {
  const named = environmentAttributes(process.env)['service.name']
  const own = script && ownServiceName(script)
  const name = named ?? own
  const service = named ? named : `${name ?? "the agent's package or script"}; set OTEL_SERVICE_NAME to change it`
  const content = process.env[OBJECTIVES]?.toLowerCase() === 'true'
  const objectives = content ? 'recorded' : `only their length is recorded; \`${OBJECTIVES}=true\` records their text`
  return [
    { name: 'service', found: service },
    { name: 'objectives', found: objectives },
  ]
}
