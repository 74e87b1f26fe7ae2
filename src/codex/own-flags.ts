/** The `--plus-*` flags of a command line: their values by name, `true` for those without one. */
export type OwnFlags = Readonly<Record<string, string | true>>

/** A flag of our own; codex's names never begin with `--plus-`. */
export interface OwnFlag {
  readonly name: `--plus-${string}`
  /** What it takes, for the help; null for a switch. */
  readonly value: string | null
  readonly description: string
}

/** Every flag of our own, in the order the help shows them. */
export const OWN_FLAGS: readonly OwnFlag[] = [
  { name: '--plus-upstream', value: 'echo|URL', description: 'answer with what would be sent, or send it to URL' },
  {
    name: '--plus-echo',
    value: 'text|full',
    description: 'what the echo upstream shows: the prompt, or the whole body',
  },
  { name: '--plus-transport', value: 'cycletls|native', description: 'how https upstreams are reached' },
  { name: '--plus-profile', value: 'codex|chrome', description: 'the TLS fingerprint of cycletls' },
  {
    name: '--plus-websocket',
    value: 'auto|on|off',
    description: "carry codex's WebSocket to the server: where the handshake is codex's own, always, or never",
  },
  { name: '--plus-safe', value: null, description: 'pass every byte through, run nothing of .claude' },
  { name: '--plus-dialect', value: 'auto|claude', description: 'whose rules slash commands follow where they differ' },
  { name: '--plus-no-commands', value: null, description: 'expand no slash commands' },
  { name: '--plus-no-modules', value: null, description: 'let no module work on prompts' },
  { name: '--plus-no-claude-md', value: null, description: 'read no CLAUDE.md where there is no AGENTS.md' },
  { name: '--plus-no-mcp', value: null, description: 'start none of the servers of .mcp.json' },
  { name: '--plus-no-hooks', value: null, description: 'run no hooks of .claude' },
  { name: '--plus-no-sessions', value: null, description: 'record nothing of this run' },
  { name: '--plus-trace', value: null, description: 'keep each request, prompts and all, for `plus replay`' },
  { name: '--plus-log', value: 'FILE|LEVEL', description: 'log to FILE, or at LEVEL (off, error, warn, info, debug)' },
]

/** Subcommands of ours; codex has none by these names. */
export const OWN_SUBCOMMANDS = ['commands', 'hooks', 'modules', 'sessions', 'plus'] as const
