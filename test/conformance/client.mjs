#!/usr/bin/env node
// Our client as the conformance suite runs it: `codex-plus plus mcp` in a folder whose .mcp.json names the suite's server.
// The scenario is in MCP_CONFORMANCE_SCENARIO, what it gives us to know in MCP_CONFORMANCE_CONTEXT.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const url = process.argv.at(-1)
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const root = mkdtempSync(join(tmpdir(), 'codex-plus-conformance-'))
const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const env = {
  ...process.env,
  HOME: root,
  XDG_STATE_HOME: '',
  BROWSER: at('../fixtures/mcp/browser.mjs'),
  ...(context.client_secret === undefined ? {} : { MCP_CLIENT_SECRET: context.client_secret }),
}
const oauth = context.client_id === undefined ? {} : { oauth: { clientId: context.client_id } }
mkdirSync(join(root, 'project'))
writeFileSync(join(root, 'project/.mcp.json'), JSON.stringify({ mcpServers: { srv: { type: 'http', url, ...oauth } } }))

const run = (...args) => {
  const command = [at('../../bin/codex-plus.js'), 'plus', 'mcp', ...args, '--trust']
  const { status } = spawnSync(process.execPath, command, { cwd: join(root, 'project'), env, stdio: 'inherit' })
  return status
}
const TOOL = {
  tools_call: ['add_numbers', '{"a":5,"b":3}'],
  'sse-retry': ['test_reconnection', '{}'],
  'elicitation-sep1034-client-defaults': ['test_client_elicitation_defaults', '{}'],
}
const steps = scenario.startsWith('auth/')
  ? [
      ['login', 'srv'],
      ['call', 'srv', 'test-tool', '{}'],
    ]
  : [scenario in TOOL ? ['call', 'srv', ...TOOL[scenario]] : ['list']]
let status = 0
for (const step of steps) status ||= run(...step)
rmSync(root, { recursive: true, force: true })
process.exit(status)
