import { afterEach, beforeEach, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { type RemoteServer, startRemote } from './oracle/remote.js'

let lab: Lab
let remote: RemoteServer

beforeEach(async () => {
  lab = makeLab('none')
  remote = await startRemote()
})
afterEach(async () => {
  await remote.close()
  lab.remove()
})

// The proxy answers for the server: it is asked for the whole URL, and nothing else is asked of anybody.
it('a remote server is reached over the proxy that the environment names, with its login', async () => {
  const entry = { type: 'http', url: 'http://mcp.example.test/mcp', headers: { 'X-Own': 'mine' } }
  lab.write('.mcp.json', JSON.stringify({ mcpServers: { srv: entry } }))
  const call = ['plus', 'mcp', 'call', 'srv', 'hecho', '{"text":"hi"}']
  const { stdout, stderr } = await lab.run(CODEX_PLUS, call, {
    env: { HTTP_PROXY: `http://me:secret@127.0.0.1:${remote.port}` },
  })
  expect({ stdout, stderr }).toEqual({ stdout: 'hecho:hi\n', stderr: '' })
  const login = `Basic ${Buffer.from('me:secret').toString('base64')}`
  expect(remote.headers.at(-1)).toMatchObject({ 'x-own': 'mine', 'proxy-authorization': login })
  expect(remote.headers.every(({ host }) => host === 'mcp.example.test')).toBe(true)
})
