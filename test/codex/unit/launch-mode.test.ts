import { describe, expect, it } from 'vitest'
import { decideMode, type LaunchMode } from '../../../src/codex/launch-mode.js'
import { parseCodexArguments } from '../../../src/codex/parse-arguments.js'

type Ends = 'tty' | 'stdin piped' | 'stdout piped'
const ENDS = {
  tty: { stdinIsTty: true, stdoutIsTty: true },
  'stdin piped': { stdinIsTty: false, stdoutIsTty: true },
  'stdout piped': { stdinIsTty: true, stdoutIsTty: false },
} as const

const mode = (line: string, ends: Ends): LaunchMode =>
  decideMode(parseCodexArguments(line.split(' ').filter(Boolean)), ENDS[ends])

const PTY = { proxy: true, terminal: 'pty', modelCallExpected: false }
const PIPED = { proxy: true, terminal: 'inherit', modelCallExpected: false }
const BATCH = { proxy: true, terminal: 'inherit', modelCallExpected: true }
const ALONE = { proxy: false, terminal: 'inherit', modelCallExpected: false }

describe('how a command line is run', () => {
  it.each(['', 'hello', 'resume', 'resume --last', 'fork', 'agents', '-m x', '-- exec', 'mcp-server'])(
    'codex %s is interactive',
    (line) => {
      expect(mode(line, 'tty')).toEqual(PTY)
      expect(mode(line, 'stdin piped')).toEqual(PIPED)
      expect(mode(line, 'stdout piped')).toEqual(PIPED)
    },
  )

  it.each(['exec x', 'e x', 'exec resume --last', 'exec fork x', 'exec review', 'review', 'hello exec'])(
    'codex %s is a batch run',
    (line) => {
      for (const ends of ['tty', 'stdin piped', 'stdout piped'] as const) expect(mode(line, ends)).toEqual(BATCH)
    },
  )

  it('codex app-server is proxied, its tools are not', () => {
    expect(mode('app-server', 'tty')).toEqual(PIPED)
    expect(mode('app-server --listen ws://127.0.0.1:1', 'stdin piped')).toEqual(PIPED)
    for (const tool of ['daemon', 'proxy', 'generate-ts', 'generate-json-schema', 'help']) {
      expect(mode(`app-server ${tool}`, 'tty')).toEqual(ALONE)
    }
  })

  it.each([
    ...[
      'login',
      'login status',
      'logout',
      'mcp list',
      'plugin list',
      'completion bash',
      'update',
      'doctor',
      'features list',
    ],
    ...[
      'sandbox ls',
      'debug models',
      'apply x',
      'a x',
      'queue',
      'archive x',
      'unarchive x',
      'delete x',
      'cloud',
      'help exec',
    ],
    ...[
      'migrate-rollouts',
      'migrate-nfs-db',
      'remote-control',
      'exec-server',
      'execpolicy',
      'responses-api-proxy',
      'stdio-to-uds',
    ],
    ...['--help', '-h', '--version', '-V', 'exec --help', 'exec help', 'resume -h', 'review --version'],
  ])('codex %s runs without a proxy', (line) => {
    for (const ends of ['tty', 'stdin piped'] as const) expect(mode(line, ends)).toEqual(ALONE)
  })
})
