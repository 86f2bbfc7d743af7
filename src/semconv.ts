export * from './event/semconv.ts'
