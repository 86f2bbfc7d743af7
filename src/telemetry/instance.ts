import { hostname } from 'node:os'
import { nodeCrypto } from '../base/node-crypto.ts'
import { listedAttributes } from './resource.ts'

/** The namespace that the convention gives for ids made of something that lasts. */
const NAMESPACE = '4d63009a8d0f11eeaad74c796ed8e320'

let random: string | undefined

/**
 * The `service.instance.id` of what this process counts, so that no two processes of a service add to one series. To be
 * exact, each copy of this code in a process has its own, as it has its own counters.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/service/#service-instance-id
 */
export function processInstance(): string {
  random ??= nodeCrypto().randomUUID()
  return named() ?? random
}

/** Goes on counting for another thread, which has ended. */
export function countFor(instance: string): void {
  random = instance
}

/**
 * The `service.instance.id` of what is read from a database: the same for all readers, so that the last one says how it
 * is, and a process that has ended is not added for as long as a backend shows its last words.
 */
export function fileInstance(path: string): string {
  return named() ?? uuidOf(`${hostname()}:${path}`)
}

function named(): string | undefined {
  return listedAttributes(process.env)['service.instance.id']
}

/** https://www.rfc-editor.org/rfc/rfc9562#section-5.5 */
function uuidOf(name: string): string {
  const bytes = nodeCrypto()
    .createHash('sha1')
    .update(Buffer.from(NAMESPACE, 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  bytes[6] = 0x50 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
