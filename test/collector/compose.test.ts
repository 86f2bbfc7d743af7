import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly image?: string
  readonly build?: { readonly dockerfile_inline: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly restart: string
}

const root = join(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const { services, volumes } = parse(text('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: object
}

describe.each(Object.entries(services))('the service %s', (_, service) => {
  it('mounts what exists', () => {
    for (const [source = ''] of (service.volumes ?? []).map((mount) => mount.split(':'))) {
      expect(source.startsWith('./') ? existsSync(join(root, source)) : source in volumes, source).toBe(true)
    }
  })

  it('is built from what exists', () => {
    const copies = service.build?.dockerfile_inline.match(/^COPY .*$/gm) ?? []
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1))
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([])
  })

  it('listens on loopback only, and is of a fixed version', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(service.image ?? service.build?.dockerfile_inline).toMatch(/:v?\d+/)
  })

  it('reads its configuration from a file that is mounted there', () => {
    const words = (service.command ?? []).map((word) => word.replace(/^.*=/, ''))
    const targets = (service.volumes ?? []).map((mount) => mount.split(':')[1])
    for (const file of words.filter((word) => word.endsWith('.yaml') || word.endsWith('.yml'))) {
      expect(targets).toContain(file)
    }
  })
})

describe('every service that others wait for', () => {
  // The Collector's image has no client for a health check, and the example agent needs none.
  const asked = Object.entries(services).filter(([name]) => name !== 'collector' && name !== 'agent')

  it.each(asked)('has a health check: %s', (_, { healthcheck, ports = [] }) => {
    const port = healthcheck?.test.join(' ').match(/127\.0\.0\.1:(\d+)/)?.[1]
    if (port !== undefined && port !== '13133') expect(ports.join()).toContain(`:${port}:${port}`)
    expect(healthcheck).toBeDefined()
  })
})

describe('Grafana', () => {
  const provisioned = (file: string) => parse(text(`collector/grafana/provisioning/${file}/goaltrace.yaml`))
  const datasources: readonly { uid: string; url: string }[] = provisioned('datasources').datasources
  const dashboards = readdirSync(join(root, 'collector/grafana/dashboards'))

  it('has data sources that are services, at one of their ports', () => {
    for (const { url } of datasources) {
      const { hostname, port } = new URL(url)
      expect(services[hostname]?.ports?.join(), url).toContain(`:${port}:${port}`)
    }
  })

  it.each(dashboards)('knows every data source that %s queries', (name) => {
    const asked = text(`collector/grafana/dashboards/${name}`).matchAll(/"uid": "(goaltrace-(?!goal)[a-z]+)"/g)
    const uids = new Set([...asked].map(([, uid]) => uid))
    expect(uids.size).toBeGreaterThan(0)
    expect(datasources.map(({ uid }) => uid)).toEqual(expect.arrayContaining([...uids]))
  })

  it('knows every data source and dashboard that an alert rule names', () => {
    const panels = dashboards.flatMap((name) => {
      const { uid, panels } = JSON.parse(text(`collector/grafana/dashboards/${name}`))
      return panels.map(({ id }: { id: number }) => `${uid} ${id}`)
    })
    const rules = provisioned('alerting').groups.flatMap((group: { rules: object[] }) => group.rules)
    for (const { data, condition, annotations } of rules) {
      const asked = data.map((each: { datasourceUid: string }) => each.datasourceUid)
      expect([...datasources.map(({ uid }) => uid), '__expr__']).toEqual(expect.arrayContaining(asked))
      expect(data.map((each: { refId: string }) => each.refId)).toContain(condition)
      expect(panels).toContain(`${annotations.__dashboardUid__} ${annotations.__panelId__}`)
    }
  })

  it('finds its files where the service mounts them', () => {
    const targets = services.grafana?.volumes?.map((mount) => mount.split(':')[1])
    expect(targets).toContain('/etc/grafana/provisioning')
    for (const { options } of provisioned('dashboards').providers) expect(targets).toContain(options.path)
  })
})

describe('Prometheus', () => {
  it('scrapes services, at ports that their configurations have', () => {
    const { scrape_configs: jobs } = parse(text('collector/prometheus/prometheus.yml'))
    const targets = jobs.flatMap(({ static_configs }: { static_configs: { targets: string[] }[] }) =>
      static_configs.flatMap((each) => each.targets),
    )
    expect(targets).toEqual(['collector:8888'])
    expect(Object.keys(services)).toContain('collector')
    expect(text('collector/config.yaml')).toMatch(/COLLECTOR_METRICS_PORT:-8888/)
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
