#!/bin/sh
# Does an alert fire that must stop reboots? Asked before the lock and under it; of the node itself it says nothing.
# POSIX sh; needs GNU coreutils, curl and jq 1.6.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need curl jq

# Settings, in health.d/prometheus.conf, beside CURL_CONFIG for user and certificates:
#   PROMETHEUS_URL        where to ask
#   PROMETHEUS_ALERTS     the alerts that block, by name, separated by blanks; required
#   PROMETHEUS_MATCHERS   what else they must match, such as cluster="prod"
#   PROMETHEUS_WATCHDOG   an alert that always fires, such as Watchdog: without it the rules are not evaluated
: "${PROMETHEUS_URL:=http://127.0.0.1:9090}"
: "${PROMETHEUS_MATCHERS=}"
: "${PROMETHEUS_WATCHDOG=}"
set_or_fail PROMETHEUS_ALERTS
for alert in $PROMETHEUS_ALERTS $PROMETHEUS_WATCHDOG; do
    case $alert in
        *[!A-Za-z0-9_:-]*) fail "'$alert' is no plain name of an alert; mend PROMETHEUS_ALERTS" ;;
    esac
done
cluster_is_asked || exit 0

# fired NAMES MATCHERS REMEDY FILTER: asks which of these alerts fire; a partial answer is none.
fired() {
    fetch Prometheus "$PROMETHEUS_URL/api/v1/query" --data-urlencode \
        "query=ALERTS{alertstate=\"firing\",alertname=~\"$(echo "$1" | tr -s ' ' '|')\"${2:+,$2}}"
    verdict "$3" "if .status != \"success\" then \"Prometheus says \(.error // .status)\"
        elif (.warnings // []) != [] then \"the answer is partial: \(.warnings | join(\", \"))\"
        else .data | map | if .resultType != \"vector\" then error(\"no vector\") else .result | list | $4 end end"
}
fired "$PROMETHEUS_ALERTS" "$PROMETHEUS_MATCHERS" 'see the alerts in Prometheus; resolve them' '
    [.[].metric | map | "\(.alertname | text)\(if .instance then " on \(.instance)" else "" end)"] | unique
    | if . == [] then empty else "alerts fire: \(join(", "))" end'
[ -z "$PROMETHEUS_WATCHDOG" ] || fired "$PROMETHEUS_WATCHDOG" '' 'see whether Prometheus evaluates its rules' \
    "if . == [] then \"$PROMETHEUS_WATCHDOG does not fire, though it always should\" else empty end"
