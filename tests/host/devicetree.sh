#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 60
#
# The device tree binding: the schema is one, its example is a tree that it accepts,
# and what it forbids is refused. Of the kernel's bindings that it refers to there is
# a stand-in here, with the one property that it is for.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

SCHEMA=openvpp,rs485.yaml
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
BINDINGS=$TMP/bindings

ktap_print_header
for tool in dtc dt-doc-validate dt-extract-example dt-mk-schema dt-validate; do
	command -v "$tool" >/dev/null || {
		ktap_skip_all "$tool is not here (device-tree-compiler, dt-schema)"
		exit "$KSFT_SKIP"
	}
done
ktap_set_plan 5

mkdir -p "$BINDINGS/openvpp" "$BINDINGS/serial"
cp "docs/devicetree/$SCHEMA" "$BINDINGS/openvpp/"
cat >"$BINDINGS/serial/serial-peripheral-props.yaml" <<'END'
# SPDX-License-Identifier: GPL-2.0-or-later
%YAML 1.2
---
$id: http://devicetree.org/schemas/serial/serial-peripheral-props.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: stand-in
maintainers:
  - nobody <nobody@openvpp.example>
description: What every device on a UART may have.
properties:
  current-speed:
    $ref: /schemas/types.yaml#/definitions/uint32
additionalProperties: true
END

# quiet COMMAND...: it succeeds and has nothing to say.
quiet() {
	local out

	out=$("$@" 2>&1) && [[ -z $out ]] && return 0
	printf '# %s\n' "${out//$'\n'/ | }"
	return 1
}

test_result() {
	if [[ $1 -eq 0 ]]; then
		ktap_test_pass "$2"
	else
		ktap_test_fail "$2"
	fi
}

# tree FILE: its blob, as of an overlay.
tree() { dtc -@ -q -O dtb -o "${1%.dts}.dtb" "$1"; }

# accepts FILE: dt-validate returns 0 whatever it finds.
accepts() { tree "$1" && quiet dt-validate -s "$TMP/schema.json" "${1%.dts}.dtb"; }

# refuses NAME SCRIPT WORD: the example as sed changes it; the complaint has the word.
refuses() {
	sed "$2" "$TMP/example.dts" >"$TMP/$1.dts"
	! cmp -s "$TMP/example.dts" "$TMP/$1.dts" && tree "$TMP/$1.dts" &&
		dt-validate -s "$TMP/schema.json" "$TMP/$1.dtb" 2>&1 | grep -q "$3"
}

quiet dt-doc-validate -u "$BINDINGS" "$BINDINGS/openvpp/$SCHEMA"
test_result $? "the binding is a schema"
dt-extract-example "$BINDINGS/openvpp/$SCHEMA" >"$TMP/example.dts"
dt-mk-schema -j "$BINDINGS" >"$TMP/schema.json"
accepts "$TMP/example.dts"
test_result $? "its example is accepted"
refuses parity 's/"even"/"mark"/' parity
test_result $? "a parity that serdev has not is refused"
refuses slow 's/<19200>/<300>/' current-speed
test_result $? "a speed that no line has is refused"
refuses word 's/parity = .*/stop-bits = <2>;/' stop-bits
test_result $? "a property that it has not is refused"

ktap_finished
