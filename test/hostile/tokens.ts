// Credentials that look like those of their issuers; put together here, so that no scanner takes this file for a leak.

/** Pseudo-random characters of an alphabet, the same in each run. */
function random(seed: number, length: number, alphabet: string): string {
  let state = seed
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return alphabet.charAt((state >>> 8) % alphabet.length)
  }).join('')
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const BASE62 = LOWER + LOWER.toUpperCase() + DIGITS
const HEX = `${DIGITS}abcdef`
const word = (length: number, seed = length): string => random(seed, length, BASE62)
const hex = (length: number, seed = length): string => random(seed, length, HEX)
const join = (...parts: string[]): string => parts.join('')

/** Tokens by issuer. */
export const TOKENS: ReadonlyArray<readonly [issuer: string, token: string]> = [
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => [`GitHub ${kind}`, join(kind, '_', word(36))] as const),
  ['GitHub, fine-grained', join('github_pat_', word(22), '_', word(59))],
  ...['glpat', 'gldt', 'glrt', 'glptt', 'glsoat'].map((kind) => [`GitLab ${kind}`, join(kind, '-', word(20))] as const),
  ['Slack bot', join('xoxb-', random(1, 12, DIGITS), '-', random(2, 13, DIGITS), '-', word(24))],
  ['Slack user', join('xoxp-', random(3, 12, DIGITS), '-', random(4, 12, DIGITS), '-', hex(32))],
  ['Slack app', join('xapp-1-A', word(10), '-', random(5, 13, DIGITS), '-', hex(64))],
  ['AWS key', join('AKIA', random(6, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'))],
  ['AWS session key', join('ASIA', random(7, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'))],
  ['Google API', join('AIza', word(35))],
  ['Google OAuth', join('GOCSPX-', word(28))],
  ['Google access', join('ya29.', word(80))],
  ['Stripe', join('sk_live_', word(24))],
  ['Stripe, restricted', join('rk_test_', word(48))],
  ['Stripe webhook', join('whsec_', word(32))],
  ['npm', join('npm_', word(36))],
  ['Hugging Face', join('hf_', word(34))],
  ['Hugging Face, letters alone', join('hf_', random(8, 34, LOWER + LOWER.toUpperCase()))],
  ['PyPI', join('pypi-AgEIcHlwaS5vcmc', word(80))],
  ['RubyGems', join('rubygems_', hex(48))],
  ['Docker', join('dckr_pat_', word(27))],
  ['OpenAI', join('sk-proj-', word(74), 'T3BlbkFJ', word(74))],
  ['Anthropic', join('sk-ant-api03-', word(93), 'AA')],
  ['Groq', join('gsk_', word(52))],
  ['xAI', join('xai-', word(80))],
  ['Replicate', join('r8_', word(37))],
  ['SendGrid', join('SG.', word(22), '.', word(43))],
  ['Twilio', join('SK', hex(32))],
  ['Mailgun', join('key-', hex(32))],
  ['Telegram', join(random(9, 9, DIGITS), ':AA', word(33))],
  ['Discord', join('MTE', word(21), '.', word(6), '.', word(38))],
  ['DigitalOcean', join('dop_v1_', hex(64))],
  ['Linear', join('lin_api_', word(40))],
  ['Notion', join('ntn_', random(10, 11, DIGITS), word(35))],
  ['Vault', join('hvs.', word(95))],
  ['Shopify', join('shpat_', hex(32))],
  ['Databricks', join('dapi', hex(32))],
  ['Databricks, in capitals', join('dapi', hex(32).toUpperCase())],
  ['Cloudflare', join('cfut_', word(40), hex(8))],
  ['Grafana', join('glsa_', word(32), '_', hex(8))],
  ['Figma', join('figd_', word(40))],
  ['Sentry', join('sntrys_eyJ', word(100))],
  ['Supabase', join('sbp_', hex(40))],
  ['Atlassian', join('ATATT3', word(186))],
  ['1Password', join('ops_eyJ', word(260))],
  ['Azure', join(word(3), '8Q~', word(34))],
  ['a webhook of Slack', join('https://hooks.slack.com/services/T', word(8), '/B', word(8), '/', word(24))],
  ['a JWT', join('eyJ', word(30), '.', 'eyJ', word(60), '.', word(43))],
]

/** Private keys, whole. */
export const PRIVATE_KEYS: ReadonlyArray<readonly [kind: string, key: string]> = [
  '',
  'RSA ',
  'EC ',
  'DSA ',
  'OPENSSH ',
  'ENCRYPTED ',
].map((kind) => {
  const lines = Array.from({ length: 12 }, (_none, at) => random(at + 40, 64, `${BASE62}+/`))
  const label = `${kind}PRIVATE KEY`
  return [label, [`-----BEGIN ${label}-----`, ...lines, `${word(21)}==`, `-----END ${label}-----`].join('\n')]
})

/** A value that only its name gives away. */
export const PLAIN = word(20, 77)
