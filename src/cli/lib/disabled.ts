import process from 'node:process'

/** Whether OTEL_SDK_DISABLED asks for nothing to be observed; prints so. */
export function saysDisabled(): boolean {
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true') return false
  process.stdout.write('Nothing is watched: OTEL_SDK_DISABLED is true.\n')
  return true
}
