#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install.sh install|uninstall|reload|dkms-tree DIR VERSION|remove-module VERSION
#
# The steps of scripts/install.mk. INSTALLED holds a line a file: its mode, its
# source and its destination.

set -eu -o pipefail

cd -- "$(dirname -- "$0")/.."

put() {
	local mode from to

	while read -r mode from to; do
		[[ -n $mode ]] || continue
		install -Dm"$mode" "$from" "$to"
		echo "  INSTALL $to"
	done <<<"$INSTALLED"
}

take_away() {
	local mode from to

	while read -r mode from to; do
		[[ -n $mode && -e $to ]] || continue
		rm -f "$to"
		rmdir --ignore-fail-on-non-empty -p "$(dirname "$to")" 2>/dev/null || true
		echo "  REMOVE  $to"
	done <<<"$INSTALLED"
}

# The services of a running machine learn of what has come or gone.
reload() {
	if command -v systemd-sysusers >/dev/null && [[ -e /usr/lib/sysusers.d/openvpp.conf ]]; then
		systemd-sysusers openvpp.conf
	fi
	if command -v udevadm >/dev/null && [[ -S /run/udev/control ]]; then
		udevadm control --reload
		udevadm trigger --subsystem-match=openvpp
	fi
	if [[ -d /run/systemd/system ]]; then
		systemctl daemon-reload
	fi
}

# The module's sources as DKMS wants them: all it includes, within one folder.
dkms_tree() {
	local dir=$1 version=$2

	rm -rf "$dir"
	mkdir -p "$dir/include/uapi"
	cp -r kmod "$dir/"
	cp -r include/uapi/linux "$dir/include/uapi/"
	sed "s|@VERSION@|$version|" udev/dkms.conf.in >"$dir/dkms.conf"
	echo "  INSTALL $dir"
}

# With DESTDIR only what is there: this machine's own module is not touched.
remove_module() {
	local version=$1

	if [[ -n ${DESTDIR:-} ]]; then
		rm -rf "$DESTDIR/usr/src/openvpp-$version"
		return
	fi
	if command -v dkms >/dev/null && [[ -e /usr/src/openvpp-$version ]]; then
		dkms remove "openvpp/$version" --all || true
	fi
	rm -rf "/usr/src/openvpp-$version"
	if [[ -e /lib/modules/$(uname -r)/updates/openvpp.ko ]]; then
		rm -f "/lib/modules/$(uname -r)/updates/openvpp.ko"
		depmod -a
	fi
}

case $1 in
install) put ;;
uninstall) take_away ;;
reload) reload ;;
dkms-tree) dkms_tree "$2" "$3" ;;
remove-module) remove_module "$2" ;;
esac
