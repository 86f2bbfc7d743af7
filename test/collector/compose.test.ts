import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly image?: string
  readonly build?: { readonly dockerfile_inline: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
}

const root = join(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const { services, volumes } = parse(text('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: object
}

describe.each(Object.entries(services))('the service %s', (_, service) => {
  it('mounts what exists', () => {
    for (const [source = ''] of service.volumes.map((mount) => mount.split(':'))) {
      expect(source.startsWith('./') ? existsSync(join(root, source)) : source in volumes, source).toBe(true)
    }
  })

  it('is built of what exists', () => {
    const copies = service.build?.dockerfile_inline.match(/^COPY .*$/gm) ?? []
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1))
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([])
  })

  it('listens on loopback only, and is of a fixed version', () => {
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(service.image ?? service.build?.dockerfile_inline).toMatch(/:\d+/)
  })
})

describe('the Collector service', () => {
  it('is of the version that the tests run, with settings that its configuration knows', () => {
    const { image, environment = {} } = services.collector as Service
    const { dist } = parse(text('collector/builder.yaml')) as { readonly dist: { readonly version: string } }
    expect(image).toBe(`otel/opentelemetry-collector-contrib:${dist.version}`)
    for (const name of Object.keys(environment)) expect(text('collector/config.yaml')).toContain(`\${env:${name}:-`)
  })
})
