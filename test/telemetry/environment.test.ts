import { describe, expect, it } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

describe('an agent under register whose environment says', () => {
  it.each([
    ['OTEL_TRACES_EXPORTER', 'spans'],
    ['OTEL_METRICS_EXPORTER', 'metrics'],
    ['OTEL_LOGS_EXPORTER', 'logs'],
  ] as const)('%s=none sends no %s, and all the rest', async (variable, signal) => {
    const receiver = await Receiver.start()
    await new AgentFolder().run(receiver.url, [5, 'end'], { [variable]: 'none' })
    const received = {
      spans: receiver.spans.length > 0,
      metrics: receiver.metrics.length > 0,
      logs: receiver.logs.length > 0,
    }
    expect(received).toEqual({ spans: true, metrics: true, logs: true, [signal]: false })
  })

  it.each(['end', 'exit', 'throw'])(
    'OTEL_LOGS_EXPORTER=console prints every event, though the agent ends at once by %s',
    async (how) => {
      const env = {
        OTEL_LOGS_EXPORTER: 'console',
        OTEL_TRACES_EXPORTER: 'console',
        OTEL_METRICS_EXPORTER: 'none',
        ...LATE,
      }
      const { stdout } = await new AgentFolder().run('http://127.0.0.1:9', [5, how], env)
      expect(stdout).toContain('committed 5')
      expect(stdout.match(/eventName: 'agent_goal/g)).toHaveLength(6)
      expect(stdout.match(/name: 'create_goal'/g)).toHaveLength(1)
    },
  )

  it('OTEL_SDK_DISABLED=true leaves its database without a trace', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    await folder.run(receiver.url, [5, 'end'], { OTEL_SDK_DISABLED: 'true' })
    expect(folder.rows(`SELECT name FROM sqlite_schema WHERE name LIKE '%goaltrace%'`)).toEqual([])
    expect(receiver.logRequests).toBe(0)
  })

  it('a short OTEL_METRIC_EXPORT_INTERVAL, or an exporter that there is not, still sends all', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const odd = { OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_TRACES_EXPORTER: 'zipkin', OTEL_LOG_LEVEL: 'warn' }
    const { stderr, stdout } = await folder.run(receiver.url, [5, 'end', 50], odd)
    expect([receiver.logs.length, receiver.spans.length]).toEqual([6, 1])
    expect(stdout).toBe('committed 5\n')
    expect(stderr.match(/OTEL_TRACES_EXPORTER is "zipkin"/g)).toHaveLength(1)
  })

  it('OTEL_CONFIG_FILE is said once not to be obeyed, and sends all the same', async () => {
    const receiver = await Receiver.start()
    const env = { OTEL_CONFIG_FILE: 'otel.yaml', OTEL_LOG_LEVEL: 'warn' }
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 50], env)
    expect(new Set(receiver.uids).size).toBe(6)
    expect(stderr.match(/OTEL_CONFIG_FILE is not supported/g)).toHaveLength(1)
  })

  it.each(['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL'])(
    '%s=grpc is reported once, with what to set, and sends all the same',
    async (variable) => {
      const receiver = await Receiver.start()
      const env = { [variable]: 'grpc', OTEL_LOG_LEVEL: 'warn' }
      const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 50], env)
      expect(new Set(receiver.uids).size).toBe(6)
      expect(stderr.trim().split('\n')).toEqual([
        `goaltrace: ${variable}=grpc is not supported: OTLP is sent over HTTP; set ${variable}=http/protobuf, and an address that takes OTLP over HTTP, as port 4318 does and 4317 does not`,
      ])
    },
  )

  it.each([
    ['always_off', undefined, 0],
    ['traceidratio', '0', 0],
    ['parentbased_traceidratio', '1', 1],
  ])('OTEL_TRACES_SAMPLER=%s with the argument %s: %s spans, and every event', async (sampler, ratio, spans) => {
    const receiver = await Receiver.start()
    const env = { OTEL_TRACES_SAMPLER: sampler, ...(ratio && { OTEL_TRACES_SAMPLER_ARG: ratio }) }
    await new AgentFolder().run(receiver.url, [5, 'end', 50], env)
    expect([receiver.logs.length, receiver.spans.length]).toEqual([6, spans])
  })

  it('an address that takes nothing: one line names it, its status and the next step', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 401
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 100], { OTEL_LOG_LEVEL: 'warn' })
    expect(stderr.trimEnd()).toMatch(
      /^goaltrace: changes of goals are pending in the outbox of \S+, since delivering them failed: /,
    )
    expect(stderr).toContain(`${receiver.url}: it answers 401 Unauthorized; give it what it asks for by OTEL_EXP`)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('a web server’s address: one line says that it is no receiver, and nothing is lost', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 'nonsense'
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 100], { OTEL_LOG_LEVEL: 'warn' })
    expect(stderr).toContain(`${receiver.url}: it answers 200 with a web page, and no OTLP; name the receiver itself`)
  })

  it.each([
    ['a', '"a" is not sent, as it is not key=value'],
    ['x=b%0Ac,ok=1', '"x" is not sent, as it has a value that HTTP does not allow'],
    ['b%20c=1', '"b%20c" is not sent, as it has a name that HTTP does not allow'],
  ])(
    'OTEL_EXPORTER_OTLP_HEADERS=%s: one line names the header that cannot be sent, and everything is',
    async (headers, why) => {
      const receiver = await Receiver.start()
      const env = { OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_LOG_LEVEL: 'warn' }
      const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 50], env)
      expect(stderr).toBe(`goaltrace: OTEL_EXPORTER_OTLP_HEADERS: the header ${why}\n`)
      expect(new Set(receiver.uids).size).toBe(6)
    },
  )

  it.each(['end', 'exit'])('an agent that ends at once by %s still says why its goals are pending', async (how) => {
    const receiver = await Receiver.start()
    const https = receiver.url.replace('http:', 'https:')
    // What a thread cannot learn in time is said, too.
    const late = how === 'exit' ? '|there was no answer before the process ended' : ''
    for (const [url, why] of [
      [https, 'where it takes HTTP alone, write http:// in'],
      ['http://no-such-host.invalid:4318', 'no-such-host'],
      ['ftp://x/', 'ftp'],
    ] as const) {
      const { stderr } = await new AgentFolder().run(url, [1, how], { OTEL_LOG_LEVEL: 'warn' })
      expect(stderr).toMatch(new RegExp(`changes of goals are pending in the outbox of [^\\n]*(?:${why}${late})`))
    }
  })

  it('an address with another scheme is shown with the right one', async () => {
    const { stderr } = await new AgentFolder().run('ftp://x/', [1, 'end'], { OTEL_LOG_LEVEL: 'warn' })
    expect(stderr).toContain(
      'OTEL_EXPORTER_OTLP_ENDPOINT=ftp://x/ is not an address: write it with http:// or https://, such as http://x/',
    )
  })

  it('nothing of OTEL_LOG_LEVEL: goaltrace is silent, whatever goes wrong', async () => {
    const { stderr } = await new AgentFolder().run('http://127.0.0.1:9', [5, 'end', 30])
    expect(stderr).toBe('')
  })
})
