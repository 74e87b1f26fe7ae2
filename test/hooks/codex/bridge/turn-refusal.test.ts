import { describe, expect, it } from 'vitest'
import { refusalInEvent, refusalInResponse } from '../../../../src/hooks/codex/bridge/turn-refusal.js'

const failed = (code: string, message = 'why'): string => JSON.stringify({ response: { error: { code, message } } })
const refused = (type: string): string => JSON.stringify({ error: { type, message: 'why' } })

describe('a refusal that ends a turn', () => {
  it.each([
    ['invalid_prompt', 'invalid_request'],
    ['context_length_exceeded', 'invalid_request'],
    ['insufficient_quota', 'billing_error'],
    ['server_is_overloaded', 'server_error'],
  ])('response.failed with %s is %s', (code, error) => {
    expect(refusalInEvent('response.failed', failed(code))).toEqual({ error, message: 'why' })
  })

  it.each([
    ['response.failed', failed('rate_limit_exceeded')],
    ['response.failed', failed('constructor')],
    ['response.failed', 'no json'],
    ['response.completed', failed('invalid_prompt')],
  ])('%s %s is none: codex tries again, or nothing failed', (type, data) => {
    expect(refusalInEvent(type, data)).toBeNull()
  })

  it.each<[number, string, ReturnType<typeof refusalInResponse>]>([
    [400, 'plain words', { error: 'invalid_request', message: 'plain words' }],
    [400, refused('x'), { error: 'invalid_request', message: 'why' }],
    [400, '', { error: 'invalid_request', message: 'HTTP 400' }],
    [429, refused('usage_limit_reached'), { error: 'rate_limit', message: 'why' }],
    [429, refused('usage_not_included'), { error: 'billing_error', message: 'why' }],
    [429, refused('other'), null],
    [500, 'x', null],
    [401, 'x', null],
  ])('status %d with %j is %j', (status, body, refusal) => {
    expect(refusalInResponse(status, body)).toEqual(refusal)
  })
})
