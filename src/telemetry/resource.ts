import { arch, platform, release } from 'node:os'

export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' }
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' }

/**
 * Who sends: what the environment says (https://opentelemetry.io/docs/specs/otel/resource/sdk/), what was given, and for
 * the four attributes that a payload needs what is true of this process, else `unknown`.
 */
export function resourceAttributes(given: ResourceAttributes = {}, env = process.env): ResourceAttributes {
  const named = env.OTEL_SERVICE_NAME ? { 'service.name': env.OTEL_SERVICE_NAME } : {}
  return {
    'service.name': `unknown_service:${process.release.name}`,
    'service.version': 'unknown',
    'os.type': SYSTEMS[platform()] ?? platform(),
    'os.version': release() || 'unknown',
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    ...listedAttributes(env),
    ...named,
    ...given,
  }
}

/**
 * OTEL_RESOURCE_ATTRIBUTES: `key=value,key=value`, values percent-encoded; a list with a mistake in it is dropped whole, as
 * the specification asks.
 */
export function listedAttributes({ OTEL_RESOURCE_ATTRIBUTES: list }: NodeJS.ProcessEnv): Record<string, string> {
  if (!list) return {}
  try {
    const pairs = list.split(',').map((pair) => pair.split('='))
    if (pairs.some((pair) => pair.length !== 2)) return {}
    return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), decodeURIComponent(value.trim())]))
  } catch {
    return {}
  }
}
