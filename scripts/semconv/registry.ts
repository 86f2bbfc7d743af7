import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ruleBreaches } from './rules.ts'
import { type Definitions, fileShape, manifestShape } from './shape.ts'

/** The names of goaltrace, and those of OpenTelemetry that they refer to. */
export interface Registry {
  readonly own: Definitions
  readonly upstream: Definitions
}

/**
 * @param root the folder in which `semconv/` lies
 * @throws {Error} with a line for each thing that is wrong with the registry
 */
export function readRegistry(root: string): Registry {
  const errors: string[] = []
  const own = readFolder(root, 'semconv/model', errors)
  const dependencies = own.manifest.dependencies ?? []
  const upstream = empty()
  for (const { registry_path: path } of dependencies) append(upstream, readFolder(root, path, errors).definitions)
  // The rules are about things of the right shape.
  if (errors.length === 0) errors.push(...ruleBreaches(own.definitions, upstream))
  if (errors.length > 0) throw new Error(`The registry is refused:\n${errors.join('\n')}`)
  return { own: own.definitions, upstream }
}

interface Manifest {
  readonly dependencies?: readonly { readonly registry_path: string }[]
}

function readFolder(root: string, folder: string, errors: string[]): { manifest: Manifest; definitions: Definitions } {
  const definitions = empty()
  let manifest: Manifest = {}
  for (const file of readdirSync(join(root, folder)).sort()) {
    const path = `${folder}/${file}`
    const content: unknown = parse(readFileSync(join(root, path), 'utf8'))
    const shape = file === 'manifest.yaml' ? manifestShape : fileShape
    const wrong = shape(content).map((error) => `${path}: ${error.replace(/^\./, '').trimStart()}`)
    errors.push(...wrong)
    if (wrong.length > 0) continue
    if (file === 'manifest.yaml') manifest = content as Manifest
    else append(definitions, content as Partial<Definitions>)
  }
  return { manifest, definitions }
}

function empty(): Definitions {
  return { attributes: [], attribute_groups: [], events: [], spans: [], metrics: [] }
}

function append(all: Definitions, some: Partial<Definitions>): void {
  all.attributes.push(...(some.attributes ?? []))
  all.attribute_groups.push(...(some.attribute_groups ?? []))
  all.events.push(...(some.events ?? []))
  all.spans.push(...(some.spans ?? []))
  all.metrics.push(...(some.metrics ?? []))
}
