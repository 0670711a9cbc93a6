#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 400
#
# The kernel's own netlink CLI, which knows nothing of this family but our spec,
# reads and changes every object.

set -u

. "$KSELFTEST/kselftest/ktap_helpers.sh"

TOOLS=$KSELFTEST/../../..
SITE=kselftest-ynl

DIR=$(mktemp -d)
trap 'clean_up; rm -rf "$DIR"' EXIT

# The CLI looks for the schema beside the spec's folder, as in a kernel tree.
mkdir -p "$DIR/specs"
cp "$TOOLS"/Documentation/netlink/*.yaml "$DIR/"
cp docs/netlink/specs/openvpp.yaml "$DIR/specs/"

# A copy, beside which Python can keep what it has compiled.
cp -r "$TOOLS/tools/net/ynl" "$DIR/ynl"
CLI=$DIR/ynl/cli.py

# Every run of the CLI parses the spec, for which PyYAML has a fast parser that
# the CLI does not ask for.
printf 'import yaml\nyaml.SafeLoader = yaml.CSafeLoader\n' >"$DIR/sitecustomize.py"

# Debian's python3-yaml is there for its own interpreter only. The first run
# checks the spec against the schema, which takes longer than all the others.
cli() { PYTHONPATH=$DIR /usr/bin/python3 "$CLI" --spec "$DIR/specs/openvpp.yaml" "$@"; }
ynl() { OUT=$(cli --no-schema --output-json "$@" 2>&1); }

# has TEXT...: every text is in the last answer, which is the error if there was one.
has() {
	local text

	for text; do
		[[ $OUT == *"$text"* ]] && continue
		ktap_print_msg "not in the answer: $text"
		ktap_print_msg "answer: ${OUT//$'\n'/ | }"
		return 1
	done
}

clean_up() {
	cli --no-schema --do site-del --json "{\"name\":\"$SITE\"}" >/dev/null 2>&1
	cli --no-schema --multi profile-del '{"name":"kselftest-ynl-battery"}' \
		--multi profile-del '{"name":"kselftest-ynl-meter"}' >/dev/null 2>&1
}

spec_valid() {
	OUT=$(cli --list-ops 2>&1) || { ktap_print_msg "$OUT"; return 1; }
	has "site-get  [" "profile-new  [ do ]" "heartbeat  [ do ]"
}

BATTERY='{"name":"kselftest-ynl-battery","version":3,"kind":"battery","message":[
	{"id":256,"length":8,"timeout-ms":60000,"signal":[
		{"point":"p","start":0,"length":32,"flags":["signed"]},
		{"point":"soc","start":32,"length":16,"num":100,"den":1,"raw-max":10000},
		{"point":"state","start":48,"length":8,"flags":["map"],"map":[
			{"raw":1,"value":2},{"raw":2,"value":4}]}]},
	{"id":512,"length":4,"flags":["tx"],"period-ms":100,"signal":[
		{"point":"p-set","start":0,"length":32,"flags":["signed"]}]}]}'
METER='{"name":"kselftest-ynl-meter","kind":"meter","message":[
	{"id":768,"length":4,"timeout-ms":60000,"flags":["trigger"],"signal":[
		{"point":"p","start":0,"length":32,"flags":["signed"]}]}]}'

creates() {
	ynl --multi profile-new "$BATTERY" --multi profile-new "$METER" \
		--multi site-new "{\"name\":\"$SITE\",\"sample-ms\":3600000,\"period-ns\":5000000,\"heartbeat-ms\":3600000}" \
		--multi bus-new "{\"site-name\":\"$SITE\",\"name\":\"bus\",\"ifname\":\"vcan0\"}" \
		--multi der-new "{\"site-name\":\"$SITE\",\"name\":\"battery\",\"bus-name\":\"bus\",\"profile\":\"kselftest-ynl-battery\"}" \
		--multi der-new "{\"site-name\":\"$SITE\",\"name\":\"meter\",\"bus-name\":\"bus\",\"profile\":\"kselftest-ynl-meter\",\"pcc\":1}" \
		--multi heartbeat "{\"name\":\"$SITE\"}"
	has '"name": "kselftest-ynl-battery", "message-count": 2, "signal-count": 4' \
			"\"name\": \"$SITE\"}" '"id": 1, "name": "bus"}' \
			'"id": 1, "name": "battery"}' '"id": 2, "name": "meter"}' '"state": "'
}

# One payload, in this order: whatever fails ends the run.
changes() {
	ynl --multi site-set "{\"name\":\"$SITE\",\"heartbeat-ms\":600000,\"grace-ms\":1234}" \
		--multi bus-set "{\"site-name\":\"$SITE\",\"name\":\"bus\",\"restart-max-ms\":4321}" \
		--multi der-set "{\"site-name\":\"$SITE\",\"name\":\"battery\",\"serial\":\"SN 1\",\"safe-mw\":-77}" \
		--multi policy-set "{\"site-name\":\"$SITE\",\"fallback-mw\":-250000,\"export-max-mw\":5000000000}" \
		--multi policy-set "{\"site-name\":\"$SITE\",\"der-name\":\"battery\",\"rank\":7}" \
		--multi envelope-set "{\"site-name\":\"$SITE\",\"import-max-mw\":17000000,\"f-min-mhz\":49000}" \
		--multi envelope-set "{\"site-name\":\"$SITE\",\"der\":1,\"p-min-mw\":-5000000,\"p-max-mw\":6000000}" \
		--multi dispatch-new "{\"site-name\":\"$SITE\",\"block\":[{\"der\":1,\"duration-ms\":600000,\"p-mw\":-1000},{\"der\":1,\"duration-ms\":300000,\"p-mw\":2000}]}" \
		--multi stats-reset "{\"site-name\":\"$SITE\"}"
	has '"id": 1}'
}

reads() {
	ynl --multi site-get "{\"name\":\"$SITE\"}" \
		--multi bus-get "{\"site-name\":\"$SITE\",\"id\":1}" \
		--multi der-get "{\"site-name\":\"$SITE\",\"id\":1}" \
		--multi profile-get '{"name":"kselftest-ynl-battery"}' \
		--multi policy-get "{\"site-name\":\"$SITE\"}" \
		--multi policy-get "{\"site-name\":\"$SITE\",\"der\":1}" \
		--multi envelope-get "{\"site-name\":\"$SITE\"}" \
		--multi envelope-get "{\"site-name\":\"$SITE\",\"der-name\":\"battery\"}" \
		--multi dispatch-get "{\"site-name\":\"$SITE\",\"id\":1}" \
		--multi stats-get "{\"site-name\":\"$SITE\"}"
	has '"heartbeat-ms": 600000' '"grace-ms": 1234' '"der-count": 2' \
			'"ifname": "vcan0"' '"restart-max-ms": 4321' \
			'"serial": "SN 1"' '"safe-mw": -77' '{"id": "soc", "quality": "never", "seq": 0}' \
			'"fallback-mw": -250000, "export-max-mw": 5000000000' '"rank": 7' \
			'"import-max-mw": 17000000' '"f-min-mhz": 49000' \
			'"p-min-mw": -5000000, "p-max-mw": 6000000' \
			'"duration-ms": 600000, "p-mw": -1000}' '"duration-ms": 300000, "p-mw": 2000}' \
			'"wake-ns": {"count": '
}

# The profile comes back as it was given, with what was left out at its default.
profile_same() {
	has '"version": 3, "kind": "battery"' \
		'"start": 32, "length": 16, "flags": [], "num": 100, "den": 1, "offset": 0, "point": "soc", "raw-max": 10000}' \
		'"map": [{"raw": 1, "value": 2}, {"raw": 2, "value": 4}]' \
		'"id": 512, "stride": 0, "flags": ["tx"], "length": 4, "period-ms": 100, "gap-ms": 0, "fill": 0'
}

# dumps OBJECT TEXT...
dumps() {
	ynl --dump "$1-get"
	has "${@:2}"
}

says_why() {
	ynl --do policy-set --json "{\"site-name\":\"$SITE\",\"rank\":1}"
	has "part of a DER's policy; name the DER too" "'bad-attr': '.rank'"
}

# The CLI of 6.12 fails when an event comes amid its own requests, so it only
# listens, while a device sends frames that are too short.
events() {
	local sender n

	while :; do
		cansend vcan0 300#00
		sleep 0.2
	done &
	sender=$!
	for n in 1 2 3; do
		ynl --subscribe events --sleep $((n * 4))
		[[ $OUT != *frame-malformed* ]] || break
	done
	kill "$sender"
	wait "$sender" 2>/dev/null
	has '"name": "event-ntf"' '"code": "frame-malformed", "arg": 768, "bus": 1, "der": 2'
}

# In a namespace of its own, with which the locked site goes. What is refused
# must be refused by the lock.
lock() {
	export -f cli
	export CLI DIR SITE
	# shellcheck disable=SC2016 # for the shell in the namespace
	unshare -n bash -c '
		OUT=$(cli --no-schema --output-json --dump site-get &&
			cli --no-schema --output-json --multi site-new "{\"name\":\"$SITE\"}" \
				--multi envelope-lock "{\"site-name\":\"$SITE\"}" \
				--multi envelope-get "{\"site-name\":\"$SITE\"}" \
				--multi envelope-set "{\"site-name\":\"$SITE\",\"v-max-mv\":1}" 2>&1
			cli --no-schema --do site-del --json "{\"name\":\"$SITE\"}" 2>&1
			cli --no-schema --output-json --do envelope-get --json "{\"site-name\":\"$SITE\"}")
		printf "%s\n" "$OUT"' >"$DIR/lock"
	OUT=$(cat "$DIR/lock")
	[[ $OUT == '[]'* ]] || { ktap_print_msg "sees the sites of another namespace: $OUT"; return 1; }
	has "the envelope is locked until the module is unloaded" \
		"the envelope is locked: the site stays" '"locked": 1'
}

deletes() {
	ynl --multi dispatch-del "{\"site-name\":\"$SITE\",\"id\":1}" \
		--multi der-del "{\"site-name\":\"$SITE\",\"name\":\"battery\"}" \
		--multi der-del "{\"site-name\":\"$SITE\",\"id\":2}" \
		--multi bus-del "{\"site-name\":\"$SITE\",\"name\":\"bus\"}" \
		--multi site-del "{\"name\":\"$SITE\"}" \
		--multi profile-del '{"name":"kselftest-ynl-battery"}' \
		--multi profile-del '{"name":"kselftest-ynl-meter"}'
	has '[null, null, null, null, null, null, null]'
}

clean_up
ktap_print_header
ktap_set_plan 18
ktap_test_result "ynl: the spec is valid by the kernel's schema" spec_valid
ktap_test_result "ynl: profiles, site, bus and DER are created, their ids come back, a heartbeat is taken" creates
ktap_test_result "ynl: every object is changed" changes
ktap_test_result "ynl: every object is read as it was changed" reads
ktap_test_result "ynl: a profile comes back as it was given" profile_same
ktap_test_result "ynl: sites are dumped" dumps site "\"name\": \"$SITE\""
ktap_test_result "ynl: buses are dumped" dumps bus '"name": "bus"'
ktap_test_result "ynl: DER are dumped" dumps der '"name": "battery"' '"name": "meter"'
ktap_test_result "ynl: profiles are dumped" dumps profile \
	'"name": "kselftest-ynl-battery"' '"name": "kselftest-ynl-meter"' '"users": 1'
ktap_test_result "ynl: policies of site and DER are dumped" dumps policy \
	'"fallback-mw": -250000' '"der-name": "battery"' '"der-name": "meter"'
ktap_test_result "ynl: envelopes of site and DER are dumped" dumps envelope \
	'"import-max-mw": 17000000' '"p-min-mw": -5000000' '"der-name": "meter"'
ktap_test_result "ynl: dispatches are dumped" dumps dispatch '"id": 1, "block-count": 2'
ktap_test_result "ynl: statistics are dumped" dumps stats '"ticks": ' '"tick-ns": {'
ktap_test_result "ynl: hooks are dumped, and there are none" dumps hook '[]'
ktap_test_result "ynl: a refusal comes with its text and the attribute" says_why
ktap_test_result "ynl: events arrive" events
ktap_test_result "ynl: a locked envelope and its site stay as they are" lock
ktap_test_result "ynl: every object is removed" deletes
ktap_finished
