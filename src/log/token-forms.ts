/**
 * Beginnings by which the issuers of credentials mark them, as their documentation says; secretlint's rules (secret-rules.ts)
 * know more. Nothing else begins so, in the middle of a word neither.
 */
const UNMISTAKABLE = [
  // GitHub, GitLab, Atlassian, Slack
  'gh[pousr]_',
  'github_pat_',
  'gl(?:pat|oas|dt|rt|cbt|ptt|ft|soat|imt|agent|ffct|wt)-',
  'AT[AC]TT3',
  'xox[abceoprs](?:-|\\.xox[bp]-)',
  'xapp-',
  // Google, payments, shops
  'GOCSPX-',
  'sk_(?:live|test|prod)_',
  'rk_(?:live|test|prod)_',
  'whsec_',
  'sq0(?:atp|csp)-',
  'shp(?:at|ca|pa|ss|ua|tka|rt)_',
  // registries, hosts, databases and vaults
  'pypi-',
  'rubygems_',
  'dckr_(?:pat|oat)_',
  'do[opr]_v1_',
  'pscale_(?:tkn|pw|oauth)_',
  'tskey-',
  'atlasv1\\.',
  'ops_eyJ',
  'AGE-SECRET-KEY-1',
  'b3BlbnNzaC1rZXktdjE',
  // services and models
  'xkeysib-',
  'sntry[su]_',
  'glsa_',
  'lin_(?:api|oauth)_',
  'figd_',
  'nvapi-',
]
/** Beginnings that mark a credential at the start of a word. */
const INITIAL = [
  'A(?:KIA|SIA|BIA|CCA|GPA|IDA|ROA)(?=[A-Z0-9]{16})',
  'ABSK',
  'ATBB',
  'AIza',
  'ya29\\.',
  '1//0',
  'EAA[A-Za-z](?=[A-Za-z0-9]{40})',
  'dapi(?=[0-9A-Fa-f]{32})',
  'hv[bsr]\\.',
  'fo1_',
  'fm[12]_',
  'v1\\.0-(?=[a-f0-9]{24}-)',
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.',
  'SG\\.',
  'SK(?=[0-9a-f]{32}(?![0-9a-f]))',
  'key-(?=[0-9a-f]{32}(?![0-9a-f]))',
  'PMAK-',
  'NRAK-',
  'p8e-',
  'dt0[cs]\\d\\d\\.',
  'xai-',
  'pplx-',
]
/** Beginnings that names of variables have as well (`npm_config_registry`). */
const COMMON = [
  'npm_',
  'hf_',
  'api_org_',
  'sk-',
  'gsk_',
  'r8_',
  'tgp_v1_',
  'fw_',
  'csk-',
  'sb[ps]_',
  'rnd_',
  'tfp_',
  'pul-',
  'glc_',
  'ntn_',
  'phx_',
  'ddp_',
  'vc[piakr]_',
  'cf(?:k|ut|at)_',
]

/** What follows a beginning. */
const BODY = '[A-Za-z0-9_-]{12,}(?:[.=$/+][A-Za-z0-9_=-]{6,}){0,4}'

const [MARKED, WORDS, PERHAPS] = [UNMISTAKABLE, INITIAL, COMMON].map(
  (beginnings) => new RegExp(`(?:${beginnings.join('|')})${BODY}`, 'g'),
) as [RegExp, RegExp, RegExp]

/** Tokens without a prefix whose shape is their own: of Telegram's bots, of Discord, of Azure's applications. */
const SHAPED = [
  /\d{8,10}(?::|%3A)AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g,
  /[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}(?![A-Za-z0-9_-])/g,
  /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/g,
]

/** Incoming webhooks: who has the address may post. */
const WEBHOOK =
  /((?:hooks\.slack\.com(?:\/|%2F)(?:services|workflows|triggers)|discord(?:app)?\.com(?:\/|%2F)api(?:\/|%2F)webhooks|\.webhook\.office\.com(?:\/|%2F)webhookb2)(?:\/|%2F))[\w/@.%-]{16,}/g

/** Replaces tokens that are known by their form. */
export function redactTokens(text: string): string {
  let result = replaceWords(text.replace(MARKED, '[redacted]'), WORDS)
  result = replaceWords(result, PERHAPS, isRandom)
  for (const shape of SHAPED) result = replaceWords(result, shape)
  return result.replace(WEBHOOK, '$1[redacted]')
}

/** Replaces matches that begin a word: the check comes after the match, so that the engine can search for the beginnings. */
function replaceWords(text: string, pattern: RegExp, isToken: (match: string) => boolean = () => true): string {
  return text.replace(pattern, (match: string, at: number) =>
    beginsWord(text, at) && isToken(match) ? '[redacted]' : match,
  )
}

/** Whether a part of a token is no word: very long, or long with digits or capitals in it. */
function isRandom(token: string): boolean {
  return token
    .split(/[^A-Za-z0-9]/)
    .some((part) => part.length >= 24 || (part.length >= 12 && /\d|[a-z][A-Z]/.test(part) && /[A-Za-z]/.test(part)))
}

/** Whether a word begins at a position: also after a JSON or URL escape, such as `\n` and `%20`. */
function beginsWord(text: string, at: number): boolean {
  if (at === 0 || !/[A-Za-z0-9]/.test(text.charAt(at - 1))) return true
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour may stand before the word
  return /\\[bfnrt]$|\\u[0-9A-Fa-f]{4}$|%[0-9A-Fa-f]{2}$|\\x[0-9A-Fa-f]{2}$|\x1b\[[\d;]{0,12}m$/.test(
    text.slice(Math.max(0, at - 16), at),
  )
}
