import { describe, expect, it } from 'vitest'
import { httpAnswer } from '../../src/telemetry/http-answer.ts'

const read = (text: string, isEnd = false) => {
  const answer = httpAnswer(Buffer.from(text, 'latin1'), isEnd)
  return answer && [answer.status, Buffer.from(answer.body).toString(), answer.isKept]
}

describe('an answer', () => {
  it.each([
    ['with its length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', [200, '{}', true]],
    ['without a reason', 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', [200, '', true]],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n',
      [200, '{}', true],
    ],
    [
      'with a trailer',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\na: b\r\n\r\n',
      [200, '{}', true],
    ],
    [
      'after 100 Continue',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n',
      [503, '', true],
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', [204, '', true]],
    [
      'of a receiver that closes',
      'HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\n{}',
      [200, '{}', false],
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}', [200, '{}', false]],
  ])('%s is read when it is complete, however it is cut', (_, text, expected) => {
    for (let length = 0; length < text.length; length++) expect(read(text.slice(0, length))).toBeUndefined()
    expect(read(text)).toEqual(expected)
  })

  it.each([
    ['without a length, as long as it comes', 'HTTP/1.1 200 OK\r\n\r\n{}', '{}'],
    ['that ends before its length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}', ''],
    ['that ends within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}', ''],
  ])('%s has its status at the end', (_, text, body) => {
    expect(read(text)).toBeUndefined()
    expect(read(text, true)).toEqual([200, body, false])
  })

  it.each([
    ['is empty', '', true, 'socket hang up'],
    ['ends in its head', 'HTTP/1.1 200 OK\r\nconte', true, 'socket hang up'],
    ['is not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', false, 'no HTTP/1.1'],
    ['has no end of its head', 'a'.repeat(70_000), false, 'longer than'],
    ['has no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n', false, 'without a size'],
  ])('that %s is an error', (_, text, isEnd, message) => {
    expect(() => read(text, isEnd)).toThrow(message)
  })
})
