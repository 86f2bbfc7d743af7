import process from 'node:process'
import { isDisabled } from '../../base/environment.ts'

/** Whether OTEL_SDK_DISABLED asks for nothing to be observed; prints so. */
export function saysDisabled(): boolean {
  if (!isDisabled(process.env)) return false
  process.stdout.write('Nothing is watched: OTEL_SDK_DISABLED is true.\n')
  return true
}
