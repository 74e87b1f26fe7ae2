# Hands the payload of a codex hook to codex-plus over loopback and prints its answer: `hook-bridge.bash EVENT open|closed`.
# Sourced where codex's shell is bash: the socket is bash's own, so that nothing else is started.
LC_ALL=C

fail() {
  if [ "$2" = closed ]; then
    printf '%s\n' "codex-plus could not be asked for the hooks of $1 ($3), and hooks.onError is closed." >&2
    exit 2
  fi
  printf '{"systemMessage":"codex-plus could not be asked for the hooks of %s (%s); it goes on without them."}\n' "$1" "$3"
  exit 0
}

url=${CODEX_PLUS_BRIDGE#http://}
host=${url%%/*}
# bash reads a pipe without another program; a socket it cannot open that way.
{ payload=$(</dev/stdin); } 2>/dev/null || payload=$(cat)
{ exec 3<>"/dev/tcp/${host%:*}/${host##*:}"; } 2>/dev/null || fail "$1" "$2" 'it does not listen'
printf 'POST /%s/%s HTTP/1.1\r\nhost: %s\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s' \
  "${url#*/}" "$1" "$host" "${#payload}" "$payload" >&3 2>/dev/null || fail "$1" "$2" 'it went away'

length=0
IFS=' ' read -r _ status _ <&3 || fail "$1" "$2" 'it went away'
while IFS= read -r line <&3; do
  line=${line%$'\r'}
  [ -z "$line" ] && break
  case $line in
    [Cc]ontent-[Ll]ength:*) length=${line#*: } ;;
  esac
done
case $status in
  204) exit 0 ;;
  200 | 409) ;;
  *) fail "$1" "$2" "it answered ${status:-nothing}" ;;
esac
answer=$(cat <&3)
[ "${#answer}" -eq "$length" ] || fail "$1" "$2" 'its answer broke off'
if [ "$status" = 409 ]; then
  printf '%s\n' "$answer" >&2
  exit 2
fi
printf '%s\n' "$answer"
exit 0
