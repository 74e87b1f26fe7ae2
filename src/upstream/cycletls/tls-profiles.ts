/** Whose TLS handshake the helper imitates. */
export type Profile = 'codex' | 'chrome'

/**
 * The handshake of codex 0.169 (OpenSSL, no ALPN, HTTP/1.1) in cycletls' raw JA4 notation. The resulting JA4 is
 * t13d301100_1d37bd780c83_8e6e362c5eac. The first part lacks its `00`: the helper's parser would read the two digits as an
 * ALPN value and offer one.
 */
const CODEX_JA4R = [
  't13d3011',
  '1302,1303,1301,c02c,c030,009f,cca9,cca8,ccaa,c02b,c02f,009e,c024,c028,006b,c023,c027,0067,c00a,c014,0039,c009,c013,' +
    '0033,009d,009c,003d,003c,0035,002f',
  'ff01,0000,000b,000a,0023,0016,0017,000d,002b,002d,0033',
  '0905,0906,0904,0403,0503,0603,0807,0808,081a,081b,081c,0809,080a,080b,0804,0805,0806,0401,0501,0601,0303,0301,0302,' +
    '0402,0502,0602',
].join('_')

/**
 * Chrome 135 by JA3 only. A browser does not write `772` there, but with `771` the helper offers TLS 1.2 at most;
 * group 4588 is left out because the helper cannot complete a handshake with it. JA4's third part differs from Chrome's.
 */
const CHROME_JA3 =
  '772,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,' +
  '0-27-18-16-11-13-17613-5-43-10-51-65281-45-65037-35-23,29-23-24,0'

/** Returns the options of the helper that select a handshake. */
export function handshakeOptions(profile: Profile): { ja4r: string } | { ja3: string } {
  return profile === 'codex' ? { ja4r: CODEX_JA4R } : { ja3: CHROME_JA3 }
}
