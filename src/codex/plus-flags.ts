/** The `--plus-*` flags of a command line: their values by name, `true` for those without one. */
export type OwnFlags = Readonly<Record<string, string | true>>

/** A flag of codex-plus; no flag of codex begins with `--plus-`. */
export interface OwnFlag {
  readonly name: `--plus-${string}`
  /** The placeholder of its value in the help; null for a switch. */
  readonly value: string | null
  readonly description: string
}

/** Every flag of codex-plus, in the order of the help. */
export const OWN_FLAGS: readonly OwnFlag[] = [
  {
    name: '--plus-upstream',
    value: 'echo|URL',
    description: 'send requests to URL; echo answers with what would be sent',
  },
  {
    name: '--plus-echo',
    value: 'text|full',
    description: 'what the echo upstream shows: the prompt, or the whole body',
  },
  { name: '--plus-transport', value: 'cycletls|native', description: 'how codex-plus connects to https upstreams' },
  { name: '--plus-profile', value: 'codex|chrome', description: 'the TLS fingerprint of cycletls' },
  {
    name: '--plus-websocket',
    value: 'auto|on|off',
    description: "carry codex's WebSocket to the server: where the handshake is codex's own, always, or never",
  },
  {
    name: '--plus-no-early-connection',
    value: null,
    description: 'do not open the connection to the server while codex starts',
  },
  { name: '--plus-safe', value: null, description: 'forward every byte unchanged and run nothing from .claude' },
  {
    name: '--plus-dialect',
    value: 'auto|claude',
    description: 'the rules of slash commands; claude is exactly as Claude Code',
  },
  { name: '--plus-no-commands', value: null, description: 'do not expand slash commands' },
  { name: '--plus-no-modules', value: null, description: 'do not run modules' },
  {
    name: '--plus-no-claude-md',
    value: null,
    description: 'do not read CLAUDE.md where AGENTS.md is missing',
  },
  { name: '--plus-no-mcp', value: null, description: 'do not start the servers of .mcp.json' },
  {
    name: '--plus-no-protect-claude',
    value: null,
    description: "let the model's sandboxed commands write into .claude and .mcp.json",
  },
  { name: '--plus-no-hooks', value: null, description: 'do not run the hooks of .claude' },
  { name: '--plus-no-permissions', value: null, description: 'do not apply the permission rules of .claude' },
  { name: '--plus-no-sessions', value: null, description: 'do not record the threads of this run' },
  {
    name: '--plus-trace',
    value: null,
    description: 'store each request, prompts included, for `plus replay`',
  },
  { name: '--plus-log', value: 'FILE|LEVEL', description: 'log to FILE, or at LEVEL (off, error, warn, info, debug)' },
]

/** Subcommands of codex-plus; codex has none with these names. */
export const OWN_SUBCOMMANDS = ['commands', 'hooks', 'modules', 'sessions', 'plus'] as const

/** Returns whether a first argument names a subcommand of codex-plus. */
export function isOwnSubcommand(word: string): boolean {
  return OWN_SUBCOMMANDS.some((name) => name === word)
}
