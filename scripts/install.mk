# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install [PREFIX=/usr] [DESTDIR=...]   programs, policies, profiles, udev rules,
#                                            units, manual, completion, headers, and
#                                            the module
# make uninstall                             takes all of it away but /etc and data
# make dkms                                  the module alone, through DKMS
#
# Hooks include <openvpp/openvpp.bpf.h>, which is installed beside <linux/openvpp_hook.h>.
#
# With DKMS here the module is built by it, now and for every kernel to come;
# otherwise it goes into the running kernel's tree. With DESTDIR nothing on this
# machine is reloaded.

PREFIX  ?= /usr
DESTDIR ?=

sbindir    := $(DESTDIR)$(PREFIX)/sbin
bindir     := $(DESTDIR)$(PREFIX)/bin
libdir     := $(DESTDIR)$(PREFIX)/lib/openvpp
bpfdir     := $(DESTDIR)$(PREFIX)/lib/openvpp/bpf
includedir := $(DESTDIR)$(PREFIX)/include
datadir    := $(DESTDIR)$(PREFIX)/share
unitdir    := $(DESTDIR)/lib/systemd/system
rulesdir   := $(DESTDIR)/lib/udev/rules.d
dkmsdir    := $(DESTDIR)/usr/src/openvpp-$(VERSION)
modulesdir := /lib/modules/$(shell uname -r)

# What is installed: mode, source, destination. One list for both directions.
define INSTALLED
0755 $(BUILD)/bin/ovpp $(bindir)/ovpp
0755 $(BUILD)/bin/ovpp-sim $(bindir)/ovpp-sim
0755 $(BUILD)/bin/ovpp-verify $(bindir)/ovpp-verify
0755 $(BUILD)/bin/ovppd $(sbindir)/ovppd
0644 $(EXTENSION) $(libdir)/ovpp_ledger.so
0644 $(BUILD)/60-openvpp.rules $(rulesdir)/60-openvpp.rules
0644 udev/70-openvpp-can-names.rules.example $(datadir)/doc/openvpp/70-openvpp-can-names.rules.example
0644 udev/openvpp.modules-load $(DESTDIR)/usr/lib/modules-load.d/openvpp.conf
0644 udev/openvpp.modprobe $(DESTDIR)/usr/lib/modprobe.d/openvpp.conf
0644 udev/openvpp.sysusers $(DESTDIR)/usr/lib/sysusers.d/openvpp.conf
0644 $(BUILD)/ovppd.service $(unitdir)/ovppd.service
0644 $(BUILD)/ovpp-hooks.service $(unitdir)/ovpp-hooks.service
0644 scripts/completion/ovpp.bash $(datadir)/bash-completion/completions/ovpp
0644 userspace/ovppd/ovppd.yaml $(datadir)/doc/openvpp/ovppd.yaml
$(foreach f,$(wildcard include/uapi/linux/*.h),0644 $f $(includedir)/linux/$(notdir $f)$(newline))
$(foreach f,openvpp.bpf.h tap.h,0644 bpf/$f $(includedir)/openvpp/$f$(newline))
$(foreach f,$(notdir $(wildcard bpf/template/*)),0644 bpf/template/$f $(datadir)/openvpp/hook-template/$f$(newline))
$(foreach f,$(POLICIES),0644 $f $(bpfdir)/$(notdir $f)$(newline))
$(foreach f,$(wildcard userspace/profiles/*),0644 $f $(datadir)/openvpp/profiles/$(notdir $f)$(newline))
$(foreach f,$(wildcard docs/man/*.[1-8]),0644 $f $(datadir)/man/man$(patsubst .%,%,$(suffix $f))/$(notdir $f)$(newline))
$(foreach f,$(wildcard docs/devicetree/*),0644 $f $(datadir)/doc/openvpp/devicetree/$(notdir $f)$(newline))
$(foreach f,$(wildcard docs/*.md),0644 $f $(datadir)/doc/openvpp/$(notdir $f)$(newline))
endef
define newline


endef
export INSTALLED

# The configuration is the operator's: put down once, never overwritten or taken away.
.PHONY: install uninstall dkms install-module
install: programs policies $(BUILD)/ovppd.service $(BUILD)/ovpp-hooks.service $(BUILD)/60-openvpp.rules
	@scripts/install.sh install
	@test -e '$(DESTDIR)/etc/openvpp/ovppd.yaml' || \
		install -Dm0644 userspace/ovppd/ovppd.yaml '$(DESTDIR)/etc/openvpp/ovppd.yaml'
	@$(MAKE) install-module
	@$(if $(DESTDIR),,scripts/install.sh reload)

uninstall:
	@scripts/install.sh uninstall
	@scripts/install.sh remove-module $(VERSION)
	@$(if $(DESTDIR),,scripts/install.sh reload)

# With DESTDIR (a package) the DKMS tree is laid down and nothing is built.
install-module:
	@if [ -n '$(DESTDIR)' ] || command -v dkms >/dev/null; then \
		$(MAKE) dkms; \
	else \
		$(MAKE) KERNEL=host module && \
		install -Dm0644 $(BUILD)/kmod/host/openvpp.ko $(modulesdir)/updates/openvpp.ko && \
		depmod -a; \
	fi

dkms:
	@scripts/install.sh dkms-tree '$(dkmsdir)' $(VERSION)
	@$(if $(DESTDIR),,dkms install --force openvpp/$(VERSION))

$(BUILD)/ovppd.service $(BUILD)/ovpp-hooks.service $(BUILD)/60-openvpp.rules: $(BUILD)/%: udev/%
	@mkdir -p $(@D)
	@sed 's|@PREFIX@|$(PREFIX)|g' $< >$@
