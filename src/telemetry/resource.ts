import { arch, platform, release } from 'node:os'
import { reason, warnOnce } from '../base/diagnose.ts'
import { textOf } from '../base/environment.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { ownServiceName } from './service-name.ts'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' }
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' }
/** What OpenTelemetry's SDK takes of a key and of a value, in UTF-16 units. */
const LONGEST = 255

/**
 * Who sends: what the environment says (https://opentelemetry.io/docs/specs/otel/resource/sdk/), what was given, and for
 * the four attributes that a payload needs what is true of this process, else `unknown`.
 */
export function resourceAttributes(given: ResourceAttributes = {}, env = process.env): ResourceAttributes {
  const named = { ...environmentAttributes(env), ...given }
  return {
    'service.name': named['service.name'] ?? serviceName(),
    'service.version': 'unknown',
    'os.type': SYSTEMS[platform()] ?? platform(),
    'os.version': release() || 'unknown',
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    ...named,
  }
}

let ownName: string | undefined

/** Of this process, where nothing else names it. */
function serviceName(): string {
  ownName ??= ownServiceName() ?? `unknown_service:${process.release.name}`
  return ownName
}

/** What the `envDetector` of OpenTelemetry's SDK detects, and by the same rules. */
export function environmentAttributes(env: NodeJS.ProcessEnv): Record<string, string> {
  const name = textOf(env, 'OTEL_SERVICE_NAME')
  return { ...listedAttributes(env), ...(name !== undefined && { 'service.name': name }) }
}

/**
 * OTEL_RESOURCE_ATTRIBUTES: `key=value,key=value`, both percent-encoded; a list with a mistake in it is dropped whole, as
 * the specification asks, and reported.
 */
export function listedAttributes(env: NodeJS.ProcessEnv): Record<string, string> {
  const list = textOf(env, 'OTEL_RESOURCE_ATTRIBUTES') ?? ''
  const attributes: Record<string, string> = {}
  try {
    for (const entry of list.split(',')) {
      if (entry.trim() === '') continue
      const [key, value] = attributeOf(entry)
      attributes[key] = value
    }
    return attributes
  } catch (error) {
    warnOnce('resource', `OTEL_RESOURCE_ATTRIBUTES is ignored, because it has a mistake in it: ${reason(error)}`)
    return {}
  }
}

/** @throws where it is not an entry of such a list. */
function attributeOf(entry: string): [key: string, value: string] {
  const fault = (what: string) => new Error(`"${entry.trim()}" ${what}`)
  const [key = '', value, ...more] = entry.split('=').map((text) => text.trim())
  if (value === undefined || more.length > 0) throw fault('is not key=value; within either, "=" is written %3D')
  if (key === '') throw fault('has no key')
  const decoded = [key, value].map((text) => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw fault('is not percent-encoded, where "%" is written %25')
    }
  }) as [string, string]
  if (decoded.some(({ length }) => length > LONGEST)) throw fault(`is longer than ${LONGEST} characters`)
  return decoded
}
