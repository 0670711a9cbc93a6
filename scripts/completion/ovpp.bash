# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of ovpp for bash. Commands, verbs and options are read from ovpp's
# own help, which follows from its tables; names from what the kernel has.

_ovpp_commands() { ovpp help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }
_ovpp_verbs() { ovpp help "$1" | sed -n "/^usage:/,/^$/s/^  ovpp $1 \([a-z]*\).*/\1/p"; }
_ovpp_options() { ovpp help "$@" 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'; }

# The first column of a list is the name.
_ovpp_names() { ovpp "$1" list 2>/dev/null | awk 'NR > 1 { print $1 }'; }

_ovpp_profiles() {
	local dir

	while IFS= read -r -d : dir; do
		for dir in "$dir"/*.yaml; do
			[[ -e $dir ]] && basename "$dir" .yaml
		done
	done <<<"${OVPP_PROFILES:-/etc/openvpp/profiles:/usr/share/openvpp/profiles}:"
}

# The policies beside ovpp, in the tree or installed.
_ovpp_policies() {
	local bin file

	bin=$(dirname "$(command -v ovpp)")
	for file in "$bin"/../{bpf,lib/openvpp/bpf}/*.bpf.o; do
		[[ -e $file ]] && basename "$file" .bpf.o
	done
}

# What may follow an option.
_ovpp_values() {
	case $1 in
	--site) _ovpp_names site ;;
	--bus) _ovpp_names bus ;;
	--der) _ovpp_names der ;;
	--profile) _ovpp_names profile ;;
	--ifname) find /sys/class/net -name '*can*' -printf '%f\n' ;;
	--tty) compgen -f -- "$2"; find /dev/serial/by-id -type l 2>/dev/null ;;
	--serdev) find /sys/bus/serial/devices -name 'serial*-*' -printf '%f\n' 2>/dev/null ;;
	--parity) echo "even odd none" ;;
	--kind) echo "other meter pv wind battery ev generator load" ;;
	--file | --ledger | --key | --params | --passphrase-file | --config | --owner-key) compgen -f -- "$2" ;;
	--keys) compgen -d -- "$2" ;;
	--out) compgen -d -- "$2"; [[ ${COMP_WORDS[1]} != @(ledger|reward) ]] || compgen -f -- "$2" ;;
	--wait) [[ ${COMP_WORDS[1]} == chain ]] && echo "mined final" ;;
	--meter-positive) echo "import export" ;;
	*) return 1 ;;
	esac
}

# What a verb acts on.
_ovpp_subjects() {
	case $1-$2 in
	profile-add | profile-check | profile-decode) _ovpp_profiles; compgen -f -- "$3" ;;
	hook-load) _ovpp_policies; compgen -f -- "$3" ;;
	hook-restore) compgen -d -- "$3" ;;
	hook-replace) _ovpp_names hook; _ovpp_policies; compgen -f -- "$3" ;;
	hook-show | hook-get | hook-set | hook-tap | hook-unload) _ovpp_names hook ;;
	key-passphrase | sunspec-decode | reward-compute | reward-next | reward-proof | reward-propose | \
		reward-attest | reward-claim) compgen -f -- "$3" ;;
	profile-import) compgen -f -X '!*.dbc' -- "$3" ;;
	vote-cast) echo "for against abstain" ;;
	vote-delegate) echo self ;;
	site-show | site-set | site-del) _ovpp_names site ;;
	bus-show | bus-set | bus-del | modbus-*) _ovpp_names bus ;;
	bus-rebind) compgen -f -- "$3" ;;
	der-show | der-set | der-del | policy-* | envelope-show | envelope-set) _ovpp_names der ;;
	profile-show | profile-del) _ovpp_names profile ;;
	dispatch-show | dispatch-cancel) _ovpp_names dispatch ;;
	esac
}

_ovpp() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]:-} verb=${COMP_WORDS[2]:-} words

	[[ $verb != -* && $COMP_CWORD -gt 2 ]] || verb=
	if [[ $COMP_CWORD -eq 1 ]]; then
		words=$(_ovpp_commands)
	elif [[ $command == help && $COMP_CWORD -eq 2 ]]; then
		words=$(_ovpp_commands)
	elif [[ $command == help ]]; then
		words=$(_ovpp_verbs "$verb")
	elif [[ $cur == -* ]]; then
		# shellcheck disable=SC2086
		words=$(_ovpp_options "$command" ${verb:-$(_ovpp_verbs "$command" | head -1)})
	elif words=$(_ovpp_values "$prev" "$cur"); then
		:
	elif [[ $COMP_CWORD -eq 2 ]]; then
		words=$(_ovpp_verbs "$command")
	else
		words=$(_ovpp_subjects "$command" "$verb" "$cur")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o filenames -F _ovpp ovpp
