import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { isTracingSuppressed, W3CTraceContextPropagator } from '@opentelemetry/core'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { observedGoals } from './observed-goals.ts'

describe('an agent that has its own SDK, set up after goaltrace has come', () => {
  it('finds no place taken, even after the first goals were sent without it', async () => {
    const receiver = await Receiver.start()
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
    onTestFinished(() => {
      for (const part of [api.trace, api.metrics, api.context, api.propagation]) part.disable()
    })
    const goals = observedGoals()
    goals.create('t')
    await goals.flush()
    await expect.poll(() => receiver.spans.length, { timeout: 60_000 }).toBeGreaterThan(0)
    expect([
      api.trace.setGlobalTracerProvider(new BasicTracerProvider()),
      api.metrics.setGlobalMeterProvider(new MeterProvider()),
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager()),
      api.propagation.setGlobalPropagator(new W3CTraceContextPropagator()),
    ]).toEqual([true, true, true, true])
  })

  it('gets the spans of its goals among its own, and no second provider', async () => {
    const receiver = await Receiver.start()
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
    const goals = observedGoals()
    const exporter = new InMemorySpanExporter()
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    expect(api.trace.setGlobalTracerProvider(provider)).toBe(true)
    const tracer = api.trace.getTracer('agent')
    tracer.startActiveSpan('turn', (turn) => {
      goals.create('t')
      turn.end()
    })
    await goals.flush()
    const [turn, goal] = exporter.getFinishedSpans()
    expect([turn?.name, goal?.name]).toEqual(['turn', 'create_goal'])
    expect(goal?.parentSpanContext?.spanId).toBe(turn?.spanContext().spanId)
    expect(receiver.logs[0]).toMatchObject({ traceId: turn?.spanContext().traceId, spanId: goal?.spanContext().spanId })
    expect(receiver.spans).toHaveLength(0)
  })

  it.each([0, 1])(
    'loses no spans of goals that change after it has shut that down, had it %d before',
    async (before) => {
      const receiver = await Receiver.start()
      process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
      const exporter = new InMemorySpanExporter()
      const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
      api.trace.disable()
      api.trace.setGlobalTracerProvider(provider)
      const goals = observedGoals()
      if (before === 1) {
        goals.create('t')
        await goals.flush()
      }
      const own = exporter.getFinishedSpans().map(({ name }) => name)
      await provider.shutdown()
      if (before === 0) goals.create('t')
      goals.set('t', 'complete')
      await goals.flush()
      expect([...own, ...receiver.spans.map(({ name }) => name)]).toEqual(['create_goal', 'active', 'goal'])
      expect(own).toHaveLength(before)
    },
  )
})

describe('an agent that traces its requests', () => {
  it('sees none of goaltrace among them', async () => {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = (await Receiver.start()).url
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    const traced: boolean[] = []
    const goals = observedGoals({
      exporter: {
        // What an instrumentation of HTTP asks, at the time that the request is made.
        export: (_, done) => {
          traced.push(!isTracingSuppressed(api.context.active()))
          done({ code: 0 })
        },
      },
    })
    goals.create('t')
    await goals.flush()
    expect(traced).toEqual([false])
  })
})
