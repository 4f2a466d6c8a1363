# shellcheck shell=sh
# What the scripts in health/ and hooks/ share: their settings, questions that have an end, and verdicts.
# POSIX sh, read by the scripts and not run by itself. Needs timeout and readlink of GNU coreutils, and find.

# The name that a script was called by, without .sh; a link gives it another, and settings of its own.
name=${0##*/}
name=${name%.sh}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# One line on standard error, whatever the text holds, and the end.
fail() {
    printf '%s: %s' "$name" "$*" | tr -s '[:cntrl:]' ' ' >"$scratch/line"
    echo >>"$scratch/line"
    cat "$scratch/line" >&2
    exit 1
}

need() {
    for _tool in timeout "$@"; do
        command -v "$_tool" >/dev/null || fail "$_tool is not installed; install it, or put it on the daemon's PATH"
    done
}

# What is read as settings must not be another user's to write.
is_ours() {
    [ -r "$1" ] || fail "$1 cannot be read; see that it is there, and who runs the daemon"
    [ -z "$(find -L "$1" -prune \( -perm -020 -o -perm -002 \))" ] ||
        fail "$1 may be written by others; run: chmod go-w $1"
    [ -z "$(find -L "$1" -prune ! -user 0 ! -user "$(id -u)")" ] ||
        fail "$1 belongs to another user; run: chown root $1"
}

is_secret() {
    is_ours "$1"
    [ -z "$(find -L "$1" -prune \( -perm -040 -o -perm -004 \))" ] ||
        fail "$1 may be read by others; run: chmod go-r $1"
}

# Reads the settings of a script, KEY=value as the shell reads it, if it has any. All are exported, so that a
# tool's own variables (KUBECONFIG, CEPH_ARGS, ETCDCTL_CACERT) can stand there too.
configure() {
    _settings=${CRB_CONF_DIR:-/etc/clusterrebootd}/$1
    if [ -e "$_settings" ]; then
        is_ours "$_settings"
        set -a
        # shellcheck source=/dev/null
        . "$_settings"
        set +a
    fi
    limit=${CHECK_TIMEOUT_SEC:-10}
}

set_or_fail() {
    eval "_value=\${$1:-}"
    [ -n "$_value" ] || fail "$1 is not set; write it into ${_settings}"
}

count_or_fail() {
    eval "_value=\${$1:-}"
    case $_value in
        '' | *[!0-9]*) fail "$1 is not a whole number: '$_value'; mend it in ${_settings}" ;;
    esac
}

# Whether the question is if the cluster can spare this node, and not only if the node itself is well: before
# the lock and under it; and when a person asks, or a phase is not known here.
cluster_is_asked() {
    case ${RC_PHASE:-} in
        heartbeat | monitor | post-reboot) return 1 ;;
        *) return 0 ;;
    esac
}

# try WHAT COMMAND…: runs the command; what it says is $answer, its exit code $status. No answer in time is the
# end. The child stays in our process group, so that whoever ends that ends it too, and writes to a file, so that
# nobody waits for what a grandchild keeps open.
try() {
    what=$1 tool=$2
    shift
    status=0
    timeout --foreground --kill-after=2 "$limit" "$@" >"$scratch/answer" 2>"$scratch/complaint" || status=$?
    case $status in
        124 | 137) fail "$what did not answer within $limit s; see whether it hangs, and run: $tool" ;;
        125 | 126 | 127) fail "$tool could not be run: $(complaint)" ;;
    esac
    answer=$(cat "$scratch/answer")
}

# The same, but only exit code 0 is an answer.
ask() {
    try "$@"
    [ "$status" = 0 ] || fail "$what does not answer: $tool ended with $status: $(complaint)"
}

complaint() {
    tr -s '[:cntrl:]' ' ' <"$scratch/complaint" | cut -c 1-300 | sed 's/ $//'
}

# fetch WHAT URL [OPTION…]: asks by HTTP. Whatever is secret stands in the file CURL_CONFIG (user, header,
# netrc-file, cacert), since all users can read command lines.
fetch() {
    _what=$1 _url=$2
    shift 2
    case $_url in
        *://*@*) fail "the URL of $_what holds a password, which all users could read; put it into CURL_CONFIG" ;;
    esac
    if [ -n "${CURL_CONFIG:-}" ]; then
        is_secret "$CURL_CONFIG"
        set -- --config "$CURL_CONFIG" "$@"
    fi
    ask "$_what" curl --disable --fail --silent --show-error --max-time "$limit" "$@" -- "$_url"
}

# haproxy ADDRESS COMMAND: asks a stats socket. HAProxy itself closes the connection when it has answered.
haproxy() {
    printf '%s\n' "$2" >"$scratch/command"
    ask "HAProxy at $1" socat -t 60 - "$1" <"$scratch/command"
}

# verdict REMEDY FILTER [OPTION OF JQ…]: the filter makes a sentence of everything that is wrong in $answer.
# Nothing said, or not understood, is never a yes.
verdict() {
    _remedy=$1 _filter=$2
    shift 2
    _said=$(printf '%s\n' "$answer" | timeout --foreground "$limit" jq -r "$@" "$understood [$_filter]
        | if . == [] then \"fine\" else join(\"; \") end" 2>"$scratch/complaint") ||
        fail "the answer of $what is not understood: $(complaint)"
    [ "$_said" = fine ] || fail "${_said:-the answer of $what is empty}; $_remedy"
}

# shape [OPTION OF JQ…] FILTER: makes one value of $answer, which must be there: of no input jq makes none, and
# says nothing.
shape() {
    shaped=$(printf '%s\n' "$answer" | timeout --foreground "$limit" jq -c "$@" 2>"$scratch/complaint") ||
        fail "the answer of $what is not understood: $(complaint)"
    [ -n "$shaped" ] || fail "the answer of $what is empty"
}

# jq takes what is not there for null, and null for less than any number: so types are asked for.
understood='
    def must($kind): if type == $kind then . else error("\(tojson[0:40]) instead of a \($kind)") end;
    def number: must("number"); def text: must("string"); def list: must("array"); def map: must("object");
    def truth: must("boolean");'
