import { expect, it } from 'vitest'
import { connectError } from '../../src/upstream/connect-error.js'

it.each(['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH'])('%s says what to do', (code) => {
  const cause = Object.assign(new Error(`connect ${code}`), { code })
  const error = connectError(cause, new URL('https://server.test/v1'), new AbortController().signal)
  expect(error).toMatchObject({ code: 'CP_UPSTREAM_CONNECT', hint: 'Check the network connection and the address.' })
  expect(error.message).toContain('server.test')
})
